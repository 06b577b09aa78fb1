package io.openib.cli;

import io.openib.cli.devices.SharedMemoryFolders;
import io.openib.cli.launch.Job;
import io.openib.cli.launch.JobSpec;
import io.openib.cli.launch.RankCommand;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.Program;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code openib run}: checks everything that can be checked, then starts the ranks. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program on N ranks of this machine.",
            "Programs: pingpong, ring, alltoall, limits, conformance; or a main class found in -cp. openib run -n 2 PROGRAM --help tells of its options."
        })
final class RunCommand implements Callable<Integer> {

    enum Binding {
        CORE,
        NONE
    }

    @Option(names = "-n", required = true, paramLabel = "N", description = "How many ranks.")
    private int size;

    @Option(
            names = "--mca",
            arity = "2",
            paramLabel = "NAME VALUE",
            hideParamSyntax = true,
            description = "Sets a parameter; openib info lists them.")
    private List<String> mca = List.of();

    @Option(
            names = "--bind-to",
            paramLabel = "core|none",
            description = "core (default): each rank gets a core of its own, if there are enough.")
    private String bindTo = "core";

    @Option(
            names = {"-cp", "--class-path"},
            paramLabel = "JARS",
            description = "Jars and folders with the program's classes, as java's own -cp has them.")
    private String classPath = "";

    @Parameters(index = "0", paramLabel = "PROGRAM", description = "A program's name or a main class.")
    private String program = "";

    @Parameters(index = "1..*", paramLabel = "ARGS", description = "Handed to the program.")
    private List<String> arguments = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (size < 1 || size > JobSpec.MAX_SIZE) {
            throw new ParameterException(
                    spec.commandLine(), "-n " + size + ": a job has 1 to " + JobSpec.MAX_SIZE + " ranks");
        }
        boolean isBound = binding() == Binding.CORE;
        Optional<BundledProgram> bundled = BundledProgram.named(program);
        Optional<Program> fresh = bundled.map(BundledProgram::newProgram);
        OptionalInt over =
                fresh.map(found -> CommandLines.check(found, arguments)).orElse(OptionalInt.empty());
        if (over.isPresent()) {
            return over.getAsInt();
        }
        if (bundled.filter(found -> !found.isFor(size)).isPresent()) {
            throw new ParameterException(
                    spec.commandLine(), program + " is for 2 ranks, this job has " + size + ": give -n 2");
        }
        ProgramPath path = ProgramPath.of(classPath);
        RankCommand command = path.command(program, arguments);
        List<String> all = new ArrayList<>(mca);
        fresh.map(Program::mca).ifPresent(all::addAll);
        List<Path> sharedMemory = path.hasComponents()
                ? SharedMemoryFolders.preview(JobChecks.sources(all))
                : SharedMemoryFolders.of(JobChecks.check(all, fresh).all());
        JobSpec job = new JobSpec(size, command, parameters(), isBound);
        return Job.run(job, sharedMemory, System.err);
    }

    private Binding binding() {
        try {
            return Binding.valueOf(bindTo.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--bind-to " + bindTo + ": give core or none", e);
        }
    }

    private Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < mca.size(); i += 2) {
            parameters.put(mca.get(i), mca.get(i + 1));
        }
        return parameters;
    }
}
