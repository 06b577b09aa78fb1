package io.openib.tests.system;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One of two ranks that exchange cache lines and messages by turns, some tens of microseconds of each: wherever their
 * processors are moved to meanwhile, a message is compared with a line of the same moment. Rank 0 prints the medians.
 */
public final class PairedRank {
    /** Shared memory that the ranks need: a page each. */
    static final int BYTES = 8_192;

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int PING = 1;
    private static final int PONG = 2;
    private static final int END = 3;
    private static final int MESSAGE_BYTES = 8;
    private static final int ROUNDS = 200;
    private static final long WARM_UP_NS = 4_000_000_000L;
    private static final long MEASURE_NS = 2_000_000_000L;
    private static final long PATIENCE_NS = 40_000_000_000L;
    private static final int SPINS = 10_000;

    private final Btl btl;
    private final int peer;
    private final ByteBuffer lines;
    private final ByteBuffer data = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    private final long startNs = System.nanoTime();
    private final List<Double> linesUs = new ArrayList<>();
    private final List<Double> messagesUs = new ArrayList<>();
    private final List<Double> ratios = new ArrayList<>();
    private long exchanged;
    private int heard;
    private int owed;
    private boolean isOver;

    private PairedRank(Btl btl, ByteBuffer lines) {
        this.btl = btl;
        this.peer = 1 - btl.rank();
        this.lines = lines;
        btl.registerReceive(PING, (from, tag, bytes, offset, length) -> {
            heard++;
            owed++;
            answer();
        });
        btl.registerReceive(PONG, (from, tag, bytes, offset, length) -> heard++);
        btl.registerReceive(END, (from, tag, bytes, offset, length) -> isOver = true);
    }

    /** A rank's main; the argument is a file of {@value #BYTES} zeros. */
    public static void main(String[] arguments) throws IOException {
        try (Btl btl = Btl.open();
                FileChannel file =
                        FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            PairedRank rank = new PairedRank(btl, file.map(FileChannel.MapMode.READ_WRITE, 0, BYTES));
            if (btl.rank() == 0) {
                rank.measure();
            } else {
                rank.serve();
            }
        }
    }

    private void measure() {
        long passedNs = 0;
        while (passedNs < WARM_UP_NS + MEASURE_NS) {
            long beforeNs = System.nanoTime();
            callLines();
            long betweenNs = System.nanoTime();
            callMessages();
            long afterNs = System.nanoTime();
            passedNs = afterNs - startNs;
            if (passedNs > WARM_UP_NS) {
                record(betweenNs - beforeNs, afterNs - betweenNs);
            }
        }
        callLines();
        awaitSent(END);
        callMessages();
        System.out.printf(
                Locale.ROOT,
                "line %.4f us, message %.4f us, ratio %.3f%n",
                median(linesUs),
                median(messagesUs),
                median(ratios));
    }

    private void record(long ofLinesNs, long ofMessagesNs) {
        linesUs.add(ofLinesNs / (2e3 * ROUNDS));
        messagesUs.add(ofMessagesNs / (2e3 * ROUNDS));
        ratios.add((double) ofMessagesNs / ofLinesNs);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private void callLines() {
        for (int round = 0; round < ROUNDS; round++) {
            LONG.setRelease(lines, 0, ++exchanged);
            awaitLine(BYTES / 2);
        }
    }

    private void callMessages() {
        heard = 0;
        for (int round = 1; round <= ROUNDS; round++) {
            awaitSent(PING);
            awaitHeard(round);
        }
    }

    private void serve() {
        while (!isOver) {
            for (int round = 0; round < ROUNDS; round++) {
                exchanged++;
                awaitLine(0);
                LONG.setRelease(lines, BYTES / 2, exchanged);
            }
            awaitHeard(ROUNDS);
            heard = 0;
        }
    }

    private void awaitLine(int at) {
        int spins = 0;
        while ((long) LONG.getAcquire(lines, at) != exchanged) {
            Thread.onSpinWait();
            if (++spins % SPINS == 0) {
                giveWay();
            }
        }
    }

    private void awaitHeard(int wanted) {
        int idle = 0;
        while (heard < wanted || owed > 0) {
            if (btl.progress() == 0 && ++idle % SPINS == 0) {
                giveWay();
            }
            answer();
        }
    }

    /** From within the handler; from the loop where there is no room just then. */
    private void answer() {
        while (owed > 0 && isSent(PONG)) {
            owed--;
        }
    }

    private void awaitSent(int tag) {
        while (!isSent(tag)) {
            btl.progress();
        }
    }

    private boolean isSent(int tag) {
        return btl.send(peer, tag, data, 0, MESSAGE_BYTES, null, 0) == BtlStatus.OK;
    }

    private void giveWay() {
        Thread.yield();
        if (System.nanoTime() - startNs > PATIENCE_NS) {
            throw new IllegalStateException("the other rank has not answered");
        }
    }
}
