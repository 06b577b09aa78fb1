package io.openib.btl.openib;

import io.openib.wireup.QueuePairSettings;
import java.util.concurrent.TimeUnit;

/**
 * What a port that is not ACTIVE means for its connections: nothing at once, since the device sends again what is under way and a link
 * often comes back before it gives up. Of the control thread.
 */
final class PortOutage {
    /** Nobody shall wait longer, whatever the device does: a rank may have another way. */
    private static final long MOST_NS = TimeUnit.SECONDS.toNanos(60);
    /** The unit of the timeout of acknowledgements. */
    private static final long TIMEOUT_UNIT_NS = 4_096;
    /** A device may take up to four times the timeout that it is told. */
    private static final long TIMEOUT_SLACK = 4;

    private final OpenPort port;
    private final long graceNs;
    private boolean isDown;
    private long sinceNs;

    PortOutage(OpenPort port, QueuePairSettings settings) {
        this.port = port;
        this.graceNs = graceNs(settings.timeout(), settings.retryCount());
    }

    /** How long a reliable connection itself goes on without an answer, at most; a timeout of 0 has it go on for ever. */
    static long graceNs(int timeout, int retryCount) {
        long tries = 1L + retryCount;
        return timeout == 0 ? MOST_NS : Math.min(MOST_NS, TIMEOUT_SLACK * tries * (TIMEOUT_UNIT_NS << timeout));
    }

    /** The device says so. */
    void begin(long nowNs) {
        if (!isDown) {
            isDown = true;
            sinceNs = nowNs;
        }
    }

    /**
     * Looks whether it is ACTIVE again: its state is asked, so that no event of it can be missed.
     *
     * @return whether its connections have had their time; those made meanwhile have as long again
     */
    boolean look(long nowNs) {
        if (!isDown) {
            return false;
        }
        isDown = !port.isActive();
        boolean isOver = isDown && nowNs - sinceNs >= graceNs;
        if (isOver) {
            sinceNs = nowNs;
        }
        return isOver;
    }

    /** The time that its connections have, for people. */
    String grace() {
        return TimeUnit.NANOSECONDS.toMillis(graceNs) + " ms";
    }
}
