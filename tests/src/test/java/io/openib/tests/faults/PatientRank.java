package io.openib.tests.faults;

import io.openib.btl.Btl;
import io.openib.btl.Idle;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A rank program that has joined its job and waits: rank 0 for a line on its standard input, rank 1 for rank 0's message.
 * Then rank 1 answers, and both are done.
 */
public final class PatientRank {
    private static final int TAG = 9;

    private boolean isDone;
    private boolean isAsked;

    private PatientRank() {}

    /** A rank's main. */
    public static void main(String[] arguments) throws IOException {
        System.exit(new PatientRank().run());
    }

    private int run() throws IOException {
        try (Btl btl = Btl.open()) {
            int peer = 1 - btl.rank();
            btl.onError(error -> System.out.println("error: " + error.reason()));
            btl.registerReceive(TAG, (from, tag, data, offset, length) -> isAsked = true);
            System.out.println(
                    "ready " + btl.rank() + " " + ProcessHandle.current().pid());
            ByteBuffer data = ByteBuffer.allocateDirect(16);
            if (btl.rank() == 0) {
                System.in.read();
                btl.send(peer, TAG, data);
                progressUntilAsked(btl);
            } else {
                progressUntilAsked(btl);
                btl.send(peer, TAG, data, 0, data.capacity(), (cookie, status) -> isDone = true, 0);
                Idle idle = Idle.backOff();
                while (!isDone) {
                    idle.idle(btl.progress());
                }
            }
        }
        return 0;
    }

    private void progressUntilAsked(Btl btl) {
        Idle idle = Idle.backOff();
        while (!isAsked) {
            idle.idle(btl.progress());
        }
    }
}
