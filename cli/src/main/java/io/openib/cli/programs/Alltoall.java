package io.openib.cli.programs;

import io.openib.btl.Btl;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import io.openib.cli.output.Program;
import io.openib.cli.output.Progress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Every rank sends checksummed messages to every other. */
@Command(
        name = "openib alltoall",
        mixinStandardHelpOptions = true,
        description = "Every rank sends checksummed messages to every other rank and checks what it is sent.")
public final class Alltoall implements Program {
    private static final int MESSAGE = 1;
    private static final int USUAL_BYTES = 4_096;

    @Mixin
    private ProgramOptions options = new ProgramOptions();

    @Option(names = "--messages", paramLabel = "N", description = "To each peer; ${DEFAULT-VALUE} by default.")
    private int messages = 100;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            converter = ByteSize.class,
            description = "The longest message, at least 16; lengths vary up to it; ${DEFAULT-VALUE} by default.")
    private int size = USUAL_BYTES;

    private BitSet[] seen = new BitSet[0];
    private int received;
    private long receivedBytes;
    private @Nullable Progress progress;

    /** A rank's main. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new Alltoall(), arguments));
    }

    @Override
    public void check() {
        Messages.check(messages, size);
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
            exchange(session);
        }
        return 0;
    }

    private void exchange(Session session) {
        Payload payload = new Payload(size);
        seen = new BitSet[session.size()];
        for (int peer = 0; peer < seen.length; peer++) {
            seen[peer] = new BitSet(messages);
        }
        session.btl()
                .registerReceive(
                        MESSAGE,
                        (peer, tag, data, offset, length) -> onMessage(session, payload, peer, data, offset, length));
        session.connectAll();
        long startNs = System.nanoTime();
        int expected = messages * (session.size() - 1);
        try (Progress shown = Progress.of("alltoall", expected, session.rank() == 0)) {
            progress = shown;
            sendAll(session, payload);
            session.await(() -> received == expected);
        }
        long[] totals = session.finish(received, receivedBytes);
        if (session.rank() == 0) {
            print(session.size(), totals, (System.nanoTime() - startNs) / 1e6);
        }
    }

    private void sendAll(Session session, Payload payload) {
        ByteBuffer data = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        for (int number = 0; number < messages; number++) {
            for (int distance = 1; distance < session.size(); distance++) {
                int peer = (session.rank() + distance) % session.size();
                int length = Messages.length(size, number);
                payload.write(data, length, session.rank(), peer, number);
                session.send(peer, MESSAGE, data, length);
            }
            session.btl().progress();
        }
    }

    private void onMessage(Session session, Payload payload, int peer, ByteBuffer data, int offset, int length) {
        String problem = Messages.problem(payload, peer, session.rank(), data, offset, length);
        int number = problem == null ? Payload.number(data, offset) : 0;
        if (problem == null && (number < 0 || number >= messages || seen[peer].get(number))) {
            problem = "message " + number + " of rank " + peer + " arrived twice or was never sent";
        }
        if (problem != null) {
            session.fail(problem);
            return;
        }
        seen[peer].set(number);
        received++;
        receivedBytes += length;
        Progress shown = progress;
        if (shown != null) {
            shown.step();
        }
    }

    private void print(int ranks, long[] totals, double ms) {
        if (options.isJson()) {
            Lines.print(JsonLine.of(line -> line.put("program", "alltoall")
                    .put("ranks", ranks)
                    .put("messages", totals[0])
                    .put("bytes", totals[1])
                    .put("ms", ms)));
        } else {
            Lines.print(String.format(
                    Locale.ROOT,
                    "alltoall: %d ranks exchanged %d messages, %.1f MB, in %.1f ms; all contents right",
                    ranks,
                    totals[0],
                    totals[1] / 1e6,
                    ms));
        }
    }
}
