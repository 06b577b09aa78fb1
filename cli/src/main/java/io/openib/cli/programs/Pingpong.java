package io.openib.cli.programs;

import io.openib.cli.output.CommandLines;
import io.openib.cli.output.Program;
import io.openib.cli.output.UsageException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Latency and bandwidth between two ranks, by size. */
@Command(
        name = "openib pingpong",
        mixinStandardHelpOptions = true,
        description = {
            "Measures latency and bandwidth between two ranks, by size, and checks the contents.",
            "Active messages up to the transport's longest, puts above."
        })
public final class Pingpong implements Program {
    private static final int LARGEST = 4 << 20;
    private static final int LONGEST_MS = 600_000;

    @Mixin
    private ProgramOptions options = new ProgramOptions();

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "BYTES",
            converter = ByteSize.class,
            description = "Sizes to measure; the powers of two from 1 to 4M by default.")
    private List<Integer> sizes = ByteSize.powersOfTwoTo(LARGEST);

    @Option(
            names = "--time",
            paramLabel = "MS",
            description = "How long to measure latency, and bandwidth, of each size; ${DEFAULT-VALUE} by default.")
    private int timeMs = 60;

    @Option(
            names = "--warmup",
            paramLabel = "MS",
            description = {
                "How long a round of warming up takes, before anything is measured; ${DEFAULT-VALUE} by default.",
                "Rounds go on until the compiler has come to rest, for " + WarmUp.MOST_ROUNDS
                        + " times that at most; 0 for none."
            })
    private int warmupMs = 200;

    /** A rank's main. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new Pingpong(), arguments));
    }

    @Override
    public void check() {
        checkTime("--time", timeMs, 1);
        checkTime("--warmup", warmupMs, 0);
        if (sizes.isEmpty()) {
            throw new UsageException("--sizes: give one at least, such as 8,1M");
        }
    }

    @Override
    public Integer call() {
        check();
        int largest = sizes.stream().mapToInt(Integer::intValue).max().orElse(1);
        int[] rank = new int[1];
        try (Session session = Session.open(1, event -> options.printWireup(rank[0], event))) {
            rank[0] = session.rank();
            if (session.size() != 2) {
                throw new UsageException("pingpong is for 2 ranks, this job has " + session.size() + ": use -n 2");
            }
            try (Partner partner = new Partner(session, largest)) {
                if (session.rank() == 0) {
                    measure(session, partner);
                } else {
                    new Echo(session, partner).run();
                }
                session.finish(0);
            }
        }
        return 0;
    }

    private void measure(Session session, Partner partner) {
        Driver driver = new Driver(session, partner, TimeUnit.MILLISECONDS.toNanos(timeMs));
        try (PingpongReport report = new PingpongReport(options.isJson(), sizes.size())) {
            if (!driver.warmUp(sizes, TimeUnit.MILLISECONDS.toNanos(warmupMs))) {
                report.addRestless(warmupMs);
            }
            for (int size : sizes) {
                report.add(driver.measure(size));
            }
            driver.bye();
        }
    }

    private static void checkTime(String option, int ms, int least) {
        if (ms < least || ms > LONGEST_MS) {
            throw new UsageException(option + " " + ms + ": give " + least + " to " + LONGEST_MS + " ms");
        }
    }
}
