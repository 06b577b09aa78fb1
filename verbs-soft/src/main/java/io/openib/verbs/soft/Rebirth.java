package io.openib.verbs.soft;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.util.concurrent.TimeUnit;

/**
 * A queue pair's move to RESET, from the end of one life to where the next may begin, which does so in the same memory: so not while a live
 * peer is in the midst of an operation on it. Who resets waits for that, for some time and without the queue pair's lock; whoever else
 * comes meanwhile is not held up. A peer that stands for longer has the move end on the device thread, once it goes on or dies.
 *
 * <p>All of it is guarded by the queue pair's lock.
 */
final class Rebirth {
    /** Longer than a peer that runs is kept from its processor, by others or by its collector. */
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(5);

    private final SoftQp qp;
    private boolean isUnderWay;

    Rebirth(SoftQp qp) {
        this.qp = qp;
    }

    /** Whether the queue pair is in RESET, but must not leave it yet. */
    boolean isUnderWay() {
        return isUnderWay;
    }

    /** A life has ended, so that no operation on it begins any more. Has the rest done when those that are under way have ended. */
    void begin(Runnable rest) {
        isUnderWay = true;
        int life = qp.epoch();
        GracePeriod.end(qp.adapter, other -> other == qp, () -> end(life, rest));
    }

    private void end(int life, Runnable rest) {
        synchronized (qp) {
            if (life == qp.epoch() && !qp.isClosed()) {
                rest.run();
                isUnderWay = false;
                qp.notifyAll();
            }
        }
    }

    /** It is closed: nobody waits for another life. */
    void onClosed() {
        isUnderWay = false;
        qp.notifyAll();
    }

    /**
     * Waits for the end, under the queue pair's lock, which it lets go of meanwhile.
     *
     * @throws VerbsException EAGAIN when a peer stands for too long
     */
    void await() {
        long deadlineNs = System.nanoTime() + WAIT_NS;
        boolean isInterrupted = false;
        long leftNs = WAIT_NS;
        while (isUnderWay && leftNs > 0) {
            try {
                TimeUnit.NANOSECONDS.timedWait(qp, leftNs);
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
            leftNs = deadlineNs - System.nanoTime();
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        if (isUnderWay) {
            throw refusal();
        }
    }

    /** Says that it takes longer than anybody should wait. */
    VerbsException refusal() {
        return new VerbsException(
                "ibv_modify_qp",
                qp.place(),
                Errno.EAGAIN,
                "its peer is stopped in the midst of an operation on this side's memory, where the next life would begin; move it"
                        + " to RESET again later, or destroy it");
    }
}
