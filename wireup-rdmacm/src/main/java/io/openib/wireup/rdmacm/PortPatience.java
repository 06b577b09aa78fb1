package io.openib.wireup.rdmacm;

import java.util.concurrent.TimeUnit;

/**
 * How long an attempt waits for a port that is down: a link may be back in a second, and one that is not leaves half of the deadline for
 * another port or wireup. Control thread only.
 */
final class PortPatience {
    private static final int SHARE = 2;

    private final long limitNs;
    private boolean isAwaited;
    private long sinceNs;

    PortPatience(long deadlineMs) {
        limitNs = TimeUnit.MILLISECONDS.toNanos(deadlineMs) / SHARE;
    }

    /** The port is down; whether it has been since the first time for too long. */
    boolean isOver(long nowNs) {
        if (!isAwaited) {
            isAwaited = true;
            sinceNs = nowNs;
        }
        return nowNs - sinceNs >= limitNs;
    }

    /** It is up, or nobody waits for it. */
    void renew() {
        isAwaited = false;
    }
}
