package io.openib.tests.system;

import io.openib.btl.Btl;
import io.openib.btl.BtlFramework;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import java.util.Map;

/**
 * A rank program of two ranks that are told different things: {@code PARAMETER VALUE VALUE}, rank 0's first. Both connect, say
 * how it ended in one line, and go when the other is done as well.
 */
public final class DivergentRank {
    private static final int DONE = 7;

    private boolean isOver;
    private boolean isPeerDone;

    private DivergentRank() {}

    /** A rank's main. */
    public static void main(String[] arguments) {
        int rank = Integer.parseInt(System.getenv("PMI_RANK"));
        McaParameters.Builder sources = McaParameters.fromProcess().api(Map.of(arguments[0], arguments[1 + rank]));
        try (Btl btl = BtlFramework.load(sources).open(System.getenv())) {
            new DivergentRank().run(btl);
        }
    }

    private void run(Btl btl) {
        int peer = 1 - btl.rank();
        btl.onWireup(event -> {
            if (event.isConnected()) {
                System.out.println(btl.rank() + " connected by " + event.wireup() + ": " + event.reason());
            }
        });
        btl.onError(error -> {
            System.out.println(btl.rank() + " failed: " + error.reason());
            isOver = true;
        });
        btl.registerReceive(DONE, (from, tag, data, offset, length) -> isPeerDone = true);
        btl.send(peer, DONE, java.nio.ByteBuffer.allocateDirect(8));
        Idle idle = Idle.backOff();
        while (!isOver && !isPeerDone) {
            idle.idle(btl.progress());
        }
    }
}
