package io.openib.cli.launch;

import io.openib.mca.McaEnvironment;
import io.openib.runtime.Pmi1Server;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts ranks: command line, environment, core. */
final class Starter {
    private final JobSpec spec;
    private final Pmi1Server server;
    private final Map<String, String> environment;
    private final List<String> cores;
    private final String taskset;

    Starter(JobSpec spec, Pmi1Server server, Map<String, String> environment) {
        this.spec = spec;
        this.server = server;
        this.environment = Map.copyOf(environment);
        this.taskset = Cores.taskset().map(Path::toString).orElse("");
        this.cores = spec.isBound() && !taskset.isEmpty() ? Cores.places(spec.size()) : List.of();
    }

    /** Starts one rank; output and errors go where the launcher's go, input comes to rank 0 alone. */
    RankProcess start(int rank) {
        List<String> line = new ArrayList<>();
        if (!cores.isEmpty()) {
            line.addAll(List.of(taskset, "-c", cores.get(rank)));
        }
        line.addAll(spec.command().line(rank));
        ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
        if (rank > 0) {
            builder.redirectInput(new File("/dev/null"));
        }
        server.applyEnvironment(rank, builder.environment());
        builder.environment().putAll(environment);
        builder.environment().putAll(McaEnvironment.ofCommandLine(spec.parameters()));
        try {
            return new RankProcess(rank, builder.start());
        } catch (IOException
                | OutOfMemoryError e) { // the latter, as where the thread that awaits its end cannot be had
            throw new LaunchException(
                    "rank " + rank + " of " + spec.size() + " cannot be started (" + e.getMessage()
                            + "): see that memory and processes are left (ulimit -u), or start fewer ranks",
                    e);
        }
    }
}
