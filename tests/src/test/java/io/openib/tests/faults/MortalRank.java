package io.openib.tests.faults;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlFramework;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import io.openib.runtime.OpenibRuntimeException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * A rank program in which rank 1 comes to grief, and the others send to it until they hear of that. The argument says
 * when: {@code before} it joins, {@code joined}, {@code during} wireup; or {@code connecting}, {@code after} it is connected,
 * when the test kills it; or
 * {@code stranger}: it carries another job's secret; {@code launcher}: none does, and all wait until the launcher has.
 */
public final class MortalRank {
    private static final int VICTIM = 1;
    private static final int DEATH = 9;
    private static final int SORROW = 3;
    private static final int TAG = 5;

    private boolean isTold;
    private long received;

    private MortalRank() {}

    /** A rank's main. */
    public static void main(String[] arguments) {
        String when = arguments[0];
        boolean isVictim = Integer.parseInt(System.getenv("PMI_RANK")) == VICTIM;
        if (isVictim && when.equals("before")) {
            Runtime.getRuntime().halt(DEATH);
        }
        System.exit(new MortalRank().run(when, isVictim));
    }

    private int run(String when, boolean isVictim) {
        try (Btl btl = open(isVictim && when.equals("stranger"))) {
            btl.registerReceive(TAG, (peer, tag, data, offset, length) -> received++);
            btl.onError(error -> {
                isTold = true;
                System.out.println("told rank " + btl.rank() + " of rank " + error.peer() + ": " + error.reason());
            });
            if (when.equals("launcher")) {
                System.out.println("ready " + ProcessHandle.current().pid());
                waitUntilTold(btl);
            } else if (isVictim) {
                suffer(btl, when);
            } else {
                sendUntilTold(btl);
            }
        } catch (BtlException | OpenibRuntimeException e) {
            System.err.println("rank program: " + e.getMessage());
        }
        return SORROW;
    }

    private static Btl open(boolean isStranger) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        if (isStranger) {
            environment.put("OPENIB_JOB_SECRET", "5a".repeat(32));
        }
        return BtlFramework.load(McaParameters.fromProcess()).open(environment);
    }

    private void suffer(Btl btl, String when) {
        if (when.equals("joined")) {
            Runtime.getRuntime().halt(DEATH);
        }
        Idle idle = Idle.backOff();
        if (when.equals("during")) {
            btl.connect(0);
            btl.progress();
            Runtime.getRuntime().halt(DEATH);
        }
        boolean isReady = when.equals("connecting");
        if (isReady) {
            btl.connect(0);
            btl.progress();
            System.out.println("ready " + ProcessHandle.current().pid());
        }
        while (!isTold) {
            idle.idle(btl.progress());
            if (!isReady && received > 0) {
                isReady = true;
                System.out.println("ready " + ProcessHandle.current().pid());
            }
        }
    }

    private void waitUntilTold(Btl btl) {
        Idle idle = Idle.backOff();
        while (!isTold) {
            idle.idle(btl.progress());
        }
    }

    private void sendUntilTold(Btl btl) {
        ByteBuffer data = ByteBuffer.allocateDirect(64);
        Idle idle = Idle.backOff();
        while (!isTold) {
            btl.send(VICTIM, TAG, data, 0, data.capacity(), null, 0);
            idle.idle(btl.progress());
        }
    }
}
