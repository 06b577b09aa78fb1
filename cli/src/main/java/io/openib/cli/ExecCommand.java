package io.openib.cli;

import io.openib.cli.output.CommandLines;
import io.openib.cli.output.UsageException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code openib exec}: this process is a rank that some launcher has started, or a job of one. */
@Command(
        name = "exec",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program as a rank of the job that some launcher has started, or alone where none has:",
            "mpirun -n 2 openib exec conformance, or mpiexec.hydra, or srun --mpi=pmix or pmi2.",
            "Programs: pingpong, ring, alltoall, limits, conformance. Parameters come from the environment (OMPI_MCA_name)."
        })
final class ExecCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "PROGRAM", description = "A program's name.")
    private String program = "";

    @Parameters(index = "1..*", paramLabel = "ARGS", description = "Handed to the program.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
        BundledProgram found = BundledProgram.named(program)
                .orElseThrow(() -> new UsageException(
                        "no program is called \"" + program + "\": there is " + BundledProgram.labels()));
        return CommandLines.execute(found.newProgram(), arguments.toArray(String[]::new));
    }
}
