package io.openib.tests.faults;

import io.openib.btl.Btl;
import io.openib.btl.BtlFramework;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * A rank program in which rank 1 sends to rank 0 until it stops for ever in the midst of an operation on rank 0's memory. Rank 0
 * closes when it is told to on its standard input, and says when it has.
 */
public final class StandingRank {
    private static final int TAG = 7;
    private static final int BYTES = 1024;

    /** It is connected by then. */
    private static final Map<String, String> STANDS = Map.of("soft_fault_point", "announced:100");

    private StandingRank() {}

    /** A rank's main. */
    public static void main(String[] arguments) throws IOException {
        boolean isStanding = Integer.parseInt(System.getenv("PMI_RANK")) == 1;
        Btl btl = BtlFramework.load(McaParameters.fromProcess().api(isStanding ? STANDS : Map.of()))
                .open(System.getenv());
        btl.registerReceive(TAG, (peer, tag, data, offset, length) -> {});
        ByteBuffer data = ByteBuffer.allocateDirect(BYTES);
        Idle idle = Idle.backOff();
        while (System.in.available() == 0) {
            if (isStanding) {
                btl.send(0, TAG, data);
            }
            idle.idle(btl.progress());
        }
        btl.close();
        System.out.println("closed");
    }
}
