package io.openib.wireup.rdmacm;

import io.openib.verbs.PortState;
import io.openib.verbs.VerbsException;
import io.openib.wireup.WireupPort;
import java.util.concurrent.TimeUnit;

/** Whether the port carries anything. Control thread only. */
final class PortWatch {
    /** How often a port that is down is looked at; each look may take a device several commands. */
    static final long LOOK_MS = 100;

    private final WireupPort port;
    private long lookedNs;
    private boolean hasLooked;
    private String trouble = "";

    PortWatch(WireupPort port) {
        this.port = port;
    }

    /** What explains that nobody answers: the port is not ACTIVE, as it was {@link #LOOK_MS} ago or since; empty if it is, or nobody knows. */
    String trouble() {
        long nowNs = port.control().nanoTime();
        if (!hasLooked || nowNs - lookedNs >= TimeUnit.MILLISECONDS.toNanos(LOOK_MS)) {
            lookedNs = nowNs;
            hasLooked = true;
            look();
        }
        return trouble;
    }

    /** Whether it is ACTIVE now, or nobody knows. */
    boolean isUp() {
        return look().isEmpty();
    }

    private String look() {
        try {
            PortState state = port.device().queryPort(port.port()).state();
            trouble = state == PortState.ACTIVE ? "" : "port " + port.place() + " is " + state;
        } catch (VerbsException e) {
            trouble = ""; // the device is gone, which others tell
        }
        return trouble;
    }
}
