package io.openib.tests.system;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import java.nio.ByteBuffer;

/**
 * One of two ranks that send for the first time in their lives: both at once, or rank 0 alone. Who sends prints the
 * milliseconds from its call to the connection.
 */
public final class ColdRank {
    private static final int MESSAGE = 1;
    private static final int END = 2;
    private static final long PATIENCE_NS = 30_000_000_000L;

    private static boolean isConnected;
    private static boolean hasMessage;
    private static boolean isOver;

    private ColdRank() {}

    /** A rank's main; the argument is {@code one} or {@code both}. */
    public static void main(String[] arguments) {
        try (Btl btl = Btl.open()) {
            int peer = 1 - btl.rank();
            boolean isSending = btl.rank() == 0 || arguments[0].equals("both");
            ByteBuffer data = ByteBuffer.allocateDirect(8);
            btl.onWireup(event -> isConnected = event.isConnected());
            btl.registerReceive(MESSAGE, (from, tag, bytes, offset, length) -> hasMessage = true);
            btl.registerReceive(END, (from, tag, bytes, offset, length) -> isOver = true);
            long startNs = System.nanoTime();
            if (isSending) {
                check(btl.send(peer, MESSAGE, data, 0, 8, null, 0));
                while (!isConnected) {
                    progress(btl, startNs);
                }
                double ms = (System.nanoTime() - startNs) / 1e6;
                System.out.println("connected in " + ms + " ms");
            }
            while (!hasMessage && !(isSending && !arguments[0].equals("both"))) {
                progress(btl, startNs);
            }
            check(btl.send(peer, END, data, 0, 8, null, 0));
            while (!isOver) {
                progress(btl, startNs);
            }
        }
    }

    private static void progress(Btl btl, long startNs) {
        if (btl.progress() == 0) {
            Thread.yield();
        }
        if (System.nanoTime() - startNs > PATIENCE_NS) {
            throw new IllegalStateException("nothing comes");
        }
    }

    private static void check(int status) {
        if (status != BtlStatus.OK) {
            throw new IllegalStateException(BtlStatus.name(status));
        }
    }
}
