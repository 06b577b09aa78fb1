package io.openib.btl.openib.fastpath;

import java.util.concurrent.TimeUnit;

/**
 * Whether retired lanes may still take receives of shared queues. A device drops the unread completions of a queue pair that is destroyed,
 * and with them the shared receives that it took; so nobody destroys one in ERR before the device has reported that it takes no further
 * one (QP_LAST_WQE_REACHED) and the completions before that were read. Of the owner.
 */
final class LastReceives {
    /** A device that reports does so within a few milliseconds; but some never do (rxe of Linux 6.1). */
    private static final long WAIT_NS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Whether a lane was waited for in vain, and nothing has been reported since: then nobody waits. */
    private boolean isSilent;

    /** The device has reported it of one queue pair of a lane. */
    void taken(Lane lane, int qpNumber) {
        isSilent = false;
        lane.lastReceiveTaken(qpNumber);
    }

    /** Whether a retired lane takes none any more, or none is to be waited for. */
    boolean areTaken(Lane lane, long nowNs) {
        if (isSilent || !lane.mayTakeReceives()) {
            return true;
        }
        boolean isLate = nowNs - lane.retiredNs() > WAIT_NS;
        isSilent = isLate && lane.wasUp(); // of one that was never connected there may be nothing to report
        return isLate;
    }
}
