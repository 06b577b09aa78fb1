package io.openib.tests.faults;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlFramework;
import io.openib.btl.Idle;
import io.openib.mca.McaParameters;
import io.openib.runtime.OpenibRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A rank program in which rank 1 comes to grief, and the others send to it until they hear of that. The argument says
 * when: {@code before} it joins, with the name of a folder where the others say that they are about to; {@code joined}, {@code during}
 * wireup; or {@code after} it is connected, when the test kills it; or {@code stranger}: it carries another job's secret; {@code launcher}:
 * none does, and all wait until the launcher has; or, with the name of a file, {@code connecting}: all begin when that file is there, so
 * that the test can stop some of them before.
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
    public static void main(String[] arguments) throws IOException {
        String when = arguments[0];
        boolean isVictim = Integer.parseInt(System.getenv("PMI_RANK")) == VICTIM;
        Path go = arguments.length > 1 ? Path.of(arguments[1]) : Path.of("/");
        if (isVictim && when.equals("before")) {
            dieBeforeJoining(go);
        }
        System.exit(new MortalRank().run(when, isVictim, go));
    }

    /** Not before the others are about to join: on a busy machine one that is yet to start does not end within the launcher's 3 s. */
    private static void dieBeforeJoining(Path folder) {
        Idle idle = Idle.backOff();
        while (!Files.exists(folder.resolve("rank0")) || !Files.exists(folder.resolve("rank2"))) {
            idle.idle(0);
        }
        Runtime.getRuntime().halt(DEATH);
    }

    private int run(String when, boolean isVictim, Path go) throws IOException {
        BtlFramework framework = BtlFramework.load(McaParameters.fromProcess());
        if (when.equals("before")) {
            Files.createFile(go.resolve("rank" + System.getenv("PMI_RANK")));
        }
        try (Btl btl = open(framework, isVictim && when.equals("stranger"))) {
            btl.registerReceive(TAG, (peer, tag, data, offset, length) -> received++);
            btl.onError(error -> {
                isTold = true;
                System.out.println("told rank " + btl.rank() + " of rank " + error.peer() + ": " + error.reason());
            });
            if (when.equals("launcher")) {
                System.out.println("ready " + ProcessHandle.current().pid());
                waitUntilTold(btl);
            } else if (when.equals("connecting")) {
                System.out.println(
                        "ready " + btl.rank() + " " + ProcessHandle.current().pid());
                awaitFile(btl, go);
                connectUntilTold(btl, isVictim);
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

    private static Btl open(BtlFramework framework, boolean isStranger) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        if (isStranger) {
            environment.put("OPENIB_JOB_SECRET", "5a".repeat(32));
        }
        return framework.open(environment);
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
        boolean isReady = false;
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

    private static void awaitFile(Btl btl, Path file) {
        Idle idle = Idle.backOff();
        while (!Files.exists(file)) {
            idle.idle(btl.progress());
        }
    }

    private void connectUntilTold(Btl btl, boolean isVictim) {
        btl.onWireup(event -> {
            if (event.isConnected()) {
                System.out.println("connected rank " + btl.rank() + ": " + event);
            }
        });
        int[] peers = isVictim ? new int[] {0, 2} : new int[] {VICTIM};
        for (int peer : peers) {
            btl.connect(peer);
        }
        btl.progress();
        System.out.println("connecting " + btl.rank());
        if (isVictim) {
            waitUntilTold(btl);
        } else {
            sendUntilTold(btl);
        }
    }

    private void sendUntilTold(Btl btl) {
        ByteBuffer data = ByteBuffer.allocateDirect(64);
        Idle idle = Idle.backOff();
        long startNs = System.nanoTime();
        while (!isTold) {
            btl.send(VICTIM, TAG, data, 0, data.capacity(), null, 0);
            idle.idle(btl.progress());
        }
        System.out.println("heard after ms " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
    }
}
