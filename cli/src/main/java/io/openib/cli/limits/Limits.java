package io.openib.cli.limits;

import io.openib.btl.BtlFramework;
import io.openib.cli.devices.SharedMemoryFolders;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import io.openib.cli.output.Program;
import io.openib.mca.McaParameters;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.RuntimeParameters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How fast two processes can be at best: what a transport is compared with. */
@Command(
        name = "openib limits",
        mixinStandardHelpOptions = true,
        description = {
            "Measures one cache-line exchange between two processes (half a round trip, plain Java over shared memory)",
            "and the bandwidth of a copy of 1 MiB between two shared-memory buffers."
        })
public final class Limits implements Program {
    private static final String KEY = "limits.file";
    private static final long FENCE_TIMEOUT_MS = 60_000;

    @Option(names = "--json", description = "One JSON object a line on the standard output, and nothing else.")
    private boolean isJson;

    /** A rank's main. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new Limits(), arguments));
    }

    @Override
    public boolean opensTransport() {
        return false;
    }

    @Override
    public Integer call() throws IOException {
        McaParameters parameters = BtlFramework.load(McaParameters.fromProcess().declare(new RuntimeParameters()))
                .parameters();
        try (JobRuntime runtime = Launchers.open(System.getenv(), parameters)) {
            if (runtime.rank() == 0) {
                parameters.tell();
            }
            if (runtime.size() != 2) {
                throw new LimitsException(
                        "limits is for 2 ranks, this job has " + runtime.size() + ": use openib run -n 2 limits");
            }
            measure(runtime, SharedMemoryFolders.of(parameters.all()));
        }
        return 0;
    }

    private void measure(JobRuntime runtime, List<Path> folders) throws IOException {
        boolean isFirst = runtime.rank() == 0;
        try (SharedFile file = isFirst ? SharedFile.create(folders) : join(runtime)) {
            if (isFirst) {
                runtime.put(KEY, file.path().toString().getBytes(StandardCharsets.UTF_8));
                runtime.fence(FENCE_TIMEOUT_MS);
            }
            runtime.fence(FENCE_TIMEOUT_MS);
            file.unlink();
            CacheLineExchange exchange = new CacheLineExchange(file.lines(), isFirst);
            double exchangeUs = exchange.run();
            if (isFirst) {
                print(exchangeUs, new MemoryCopy(file.source(), file.target()).megabytesPerSecond());
            }
            runtime.fence(FENCE_TIMEOUT_MS);
        }
    }

    private static SharedFile join(JobRuntime runtime) throws IOException {
        runtime.fence(FENCE_TIMEOUT_MS);
        byte[] path = runtime.get(0, KEY).orElseThrow(() -> new LimitsException("rank 0 has shared no memory"));
        return SharedFile.open(Path.of(new String(path, StandardCharsets.UTF_8)));
    }

    private void print(double exchangeUs, double copyMbPerSecond) {
        if (isJson) {
            Lines.print(JsonLine.of(line -> line.put("program", "limits")
                    .put("cache_line_half_round_trip_us", exchangeUs)
                    .put("memcpy_mb_per_s", copyMbPerSecond)));
        } else {
            Lines.print(String.format(
                    Locale.ROOT,
                    "cache line, half a round trip: %.3f us%nmemcpy of 1 MiB: %.1f MB/s",
                    exchangeUs,
                    copyMbPerSecond));
        }
    }
}
