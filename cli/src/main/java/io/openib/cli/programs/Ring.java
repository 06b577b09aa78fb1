package io.openib.cli.programs;

import io.openib.btl.Btl;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import io.openib.cli.output.Program;
import io.openib.cli.output.Progress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A checksummed message goes round, from each rank to the next. */
@Command(
        name = "openib ring",
        mixinStandardHelpOptions = true,
        description = "A checksummed message goes round from each rank to the next; each checks it and sends its own.")
public final class Ring implements Program {
    private static final int MESSAGE = 1;
    private static final int USUAL_BYTES = 1_024;
    private static final long LONGEST_NS = TimeUnit.HOURS.toNanos(1);

    @Mixin
    private ProgramOptions options = new ProgramOptions();

    @Option(names = "--laps", paramLabel = "N", description = "How often it goes round; ${DEFAULT-VALUE} by default.")
    private int laps = 1_000;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            converter = ByteSize.class,
            description = "The longest message, at least 16; lengths vary up to it; ${DEFAULT-VALUE} by default.")
    private int size = USUAL_BYTES;

    private int received;
    private long receivedBytes;

    /** A rank's main. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new Ring(), arguments));
    }

    @Override
    public void check() {
        Messages.check(laps, size);
    }

    @Override
    public boolean asksMuchOfTransport() {
        return size > USUAL_BYTES;
    }

    @Override
    public void checkTransport(Btl btl) {
        Messages.checkFits(size, btl);
    }

    @Override
    public Integer call() {
        check();
        int[] rank = new int[1];
        try (Session session = Session.open(2, event -> options.printWireup(rank[0], event))) {
            rank[0] = session.rank();
            checkTransport(session.btl());
            goRound(session);
        }
        return 0;
    }

    private void goRound(Session session) {
        Payload payload = new Payload(size);
        int next = (session.rank() + 1) % session.size();
        int previous = (session.rank() + session.size() - 1) % session.size();
        session.btl().registerReceive(MESSAGE, (peer, tag, data, offset, length) -> {
            String problem = Messages.problem(payload, previous, session.rank(), data, offset, length);
            if (problem == null && Payload.number(data, offset) != received) {
                problem = "lap " + received + " expected from rank " + peer + ", but lap "
                        + Payload.number(data, offset) + " arrived";
            }
            if (problem != null) {
                session.fail(problem);
                return;
            }
            received++;
            receivedBytes += length;
        });
        session.connect(next);
        Histogram lapNs = run(session, payload, next);
        session.connect(previous);
        long[] totals = session.finish(received, receivedBytes);
        if (session.rank() == 0) {
            print(session.size(), totals, lapNs);
        }
    }

    private Histogram run(Session session, Payload payload, int next) {
        Histogram lapNs = new Histogram(LONGEST_NS, 3);
        ByteBuffer data = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        boolean isFirst = session.rank() == 0;
        try (Progress progress = Progress.of("ring", laps, isFirst)) {
            for (int lap = 0; lap < laps; lap++) {
                int arrived = lap + 1;
                if (!isFirst) {
                    session.await(() -> received == arrived);
                }
                int length = Messages.length(size, lap);
                payload.write(data, length, session.rank(), next, lap);
                long startNs = System.nanoTime();
                session.send(next, MESSAGE, data, length);
                session.await(() -> received == arrived);
                lapNs.recordValue(Math.min(LONGEST_NS, System.nanoTime() - startNs));
                progress.step();
            }
        }
        return lapNs;
    }

    private void print(int ranks, long[] totals, Histogram lapNs) {
        double median = lapNs.getValueAtPercentile(50) / 1e3;
        double p99 = lapNs.getValueAtPercentile(99) / 1e3;
        if (options.isJson()) {
            Lines.print(JsonLine.of(line -> line.put("program", "ring")
                    .put("ranks", ranks)
                    .put("laps", laps)
                    .put("messages", totals[0])
                    .put("bytes", totals[1])
                    .put("lap_us", lap -> lap.put("p50", median).put("p99", p99))));
        } else {
            Lines.print(String.format(
                    Locale.ROOT,
                    "ring: %d ranks, %d laps, %d messages, all contents right; a lap took %.1f us (p99 %.1f us)",
                    ranks,
                    laps,
                    totals[0],
                    median,
                    p99));
        }
    }
}
