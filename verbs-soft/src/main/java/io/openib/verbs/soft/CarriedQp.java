package io.openib.verbs.soft;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import org.jspecify.annotations.Nullable;

/**
 * A queue pair whose pending sends the device thread runs: when the next attempt is due and how many were made. Everything
 * is the device thread's but what {@link CarriedQps} guards.
 */
final class CarriedQp {
    /** {@link #work} has nothing to do until it is called again. */
    static final long NOTHING_LEFT = Long.MIN_VALUE;

    private static final int FOR_EVER = 7;
    private static final long ATTEMPT_EVERY_NS = 2_000_000;

    /** Nobody works on it any more. Guarded by {@link CarriedQps}. */
    boolean isDropped;

    /** The device thread is at work on it. Guarded by {@link CarriedQps}. */
    boolean isRunning;

    /** There may be something new since it was last begun. Guarded by {@link CarriedQps}. */
    boolean isCalled;

    private final SoftQp qp;
    private final int life;
    private long dueNs;
    private long unansweredSinceNs = -1;
    private int notReadyCount;

    /** How the first pending send has failed, until the state tells so too; 0 when it has not. */
    private int failure;

    /** Why there was no answer to it, as far as that can be told. */
    private Silence silence = Silence.NONE;

    CarriedQp(SoftQp qp) {
        this.qp = qp;
        this.life = qp.epoch();
        this.dueNs = System.nanoTime();
    }

    SoftQp qp() {
        return qp;
    }

    /** Runs what is due; when it is to be called again, or {@link #NOTHING_LEFT}. */
    long work(long nowNs) {
        while (!qp.sends().pending().isEmpty()) {
            QpState state = qp.stateNow();
            if (qp.isClosed() || state == QpState.RESET || state == QpState.SQD) {
                return NOTHING_LEFT; // a move to RTS carries it on
            }
            if (state != QpState.RTS) {
                endFirst(failure == 0 ? SendQueue.FLUSHED : failure);
                continue;
            }
            if (nowNs - dueNs < 0) {
                return dueNs;
            }
            int outcome = attempt();
            failure = outcome < 0 ? wait(outcome, nowNs) : outcome;
            if (failure != 0) {
                return nowNs; // it ends when the state has moved: a post that finds nothing pending runs at once
            }
            if (outcome == 0) {
                endFirst(0);
            }
        }
        return NOTHING_LEFT;
    }

    /** The first pending send cannot be carried out, for no fault of anybody else's. */
    void meetDefect() {
        failure = WcStatus.LOC_QP_OP_ERR.code();
    }

    /** Moves the state on after a failure: takes the queue pair's lock. */
    void settle() {
        if (failure != 0) {
            qp.failSend(life, failure);
        }
    }

    private int attempt() {
        int already = qp.sends().pending().takeFirstOutcome();
        if (already != 0) {
            return already;
        }
        SoftSendWr wr = qp.sends().pending().first();
        qp.inlined = wr.isInline() ? qp.sends().pending().firstInline() : null;
        try {
            return qp.run(wr);
        } finally {
            qp.inlined = null;
        }
    }

    private void endFirst(int status) {
        SoftSendWr wr = qp.sends().pending().first();
        long slot = qp.sends().pending().firstSlot();
        qp.sends().complete(wr, slot, status, failure == 0 ? Silence.NONE : silence);
        qp.sends().pending().removeFirst();
        if (failure != 0) {
            failure = 0;
            qp.flushBehindFailure();
        }
        unansweredSinceNs = -1;
        notReadyCount = 0;
    }

    /** Waits as the outcome says: 0, or the status by which the send fails because it has waited enough. */
    private int wait(int outcome, long nowNs) {
        return switch (outcome) {
            case Outcome.HELD_BACK -> {
                dueNs = nowNs + qp.adapter.injectedDelayNs();
                yield 0;
            }
            case Outcome.NOT_READY -> waitForReceiver(nowNs);
            default -> waitForAnswer(nowNs);
        };
    }

    private int waitForReceiver(long nowNs) {
        SoftCounters.count(SoftCounter.RNR);
        unansweredSinceNs = -1;
        int most = qp.attributes().rnrRetry();
        if (most != FOR_EVER && notReadyCount++ >= most) {
            return WcStatus.RNR_RETRY_EXC_ERR.code();
        }
        RcTarget peer = qp instanceof RcQp rc ? rc.target() : null;
        if (peer != null && !peer.isAlive()) {
            return giveUp(peer);
        }
        dueNs = nowNs + RnrTimer.delayNs(peer == null ? 0 : peer.minRnrTimer());
        return 0;
    }

    private int waitForAnswer(long nowNs) {
        SoftCounters.count(SoftCounter.RETRIES);
        if (unansweredSinceNs == -1) {
            unansweredSinceNs = nowNs;
        }
        int timeout = qp.attributes().timeout();
        long timeoutNs = 4096L << timeout;
        long patienceNs = timeoutNs * (1 + qp.attributes().retryCount());
        boolean isOver = timeout != 0 && nowNs - unansweredSinceNs >= patienceNs;
        RcTarget peer = qp instanceof RcQp rc ? rc.target() : null;
        if (isOver || (peer != null && !peer.isAlive())) {
            return giveUp(peer);
        }
        dueNs = nowNs + (timeout == 0 ? ATTEMPT_EVERY_NS : Math.min(timeoutNs, ATTEMPT_EVERY_NS));
        return 0;
    }

    private int giveUp(@Nullable RcTarget peer) {
        silence = !qp.adapter.isPortActive() ? Silence.OWN_PORT_DOWN : peer == null ? Silence.NONE : peer.silence();
        return WcStatus.RETRY_EXC_ERR.code();
    }
}
