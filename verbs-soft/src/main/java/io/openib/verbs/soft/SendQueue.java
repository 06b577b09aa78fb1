package io.openib.verbs.soft;

import io.openib.verbs.Errno;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;

/**
 * The send queue of a queue pair: what may be posted, the slots, the completions, and the hand-over to the device thread. A
 * post runs at once when nothing is pending before it; while something is, only the device thread runs sends of this queue
 * pair, and the poster only adds to what is pending.
 */
final class SendQueue {
    static final int FLUSHED = WcStatus.WR_FLUSH_ERR.code();

    private final SoftQp qp;
    private final QpCapabilities capabilities;
    private final boolean isSqSigAll;
    private final PendingSends pending;
    private final int mostSlots;

    /** Bytes of a message that is sent in a shorter way, and of one whose data is inline. */
    private final int mostShort;

    private final int mostShortInline;
    private long nextSlot;
    private volatile long freeSlots;

    SendQueue(SoftQp qp, QpCapabilities capabilities, boolean isSqSigAll) {
        this.qp = qp;
        this.capabilities = capabilities;
        this.isSqSigAll = isSqSigAll;
        this.pending = new PendingSends(capabilities);
        this.mostSlots = capabilities.maxSendWr();
        this.mostShort = capabilities.maxSendSge() > 0 ? Completion.MAX_SHORT : 0;
        this.mostShortInline = Math.min(mostShort, capabilities.maxInlineData());
    }

    PendingSends pending() {
        return pending;
    }

    /** Posts a send: 0, or a negated errno. One thread at a time. */
    int post(SoftSendWr wr) {
        QpState now = qp.stateNow();
        if (now != QpState.RTS) {
            return postOutOfRts(wr, now);
        }
        if (isShort(wr) && nextSlot - freeSlots < mostSlots && pending.isEmpty() && qp.runShort(wr)) {
            succeed(wr, nextSlot++, wr.messageBytes());
            return 0;
        }
        return postAny(wr);
    }

    /** See {@link SoftQp#postChain(SendWorkRequest[], int)}. */
    int postChain(SendWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int result = post((SoftSendWr) wrs[i]);
            if (result < 0) {
                return i == 0 ? result : i;
            }
        }
        return n;
    }

    /** Whether it is a send of one piece that may be all in the ring, and as it should be. */
    private boolean isShort(SoftSendWr wr) {
        if (wr.opcode != WrOpcode.SEND) {
            return false;
        }
        if (wr.inlineData != null) {
            return wr.isInlineWithin(mostShortInline);
        }
        return wr.sgeCount == 1
                && wr.lengths.length > 0
                && wr.lengths[0] > 0
                && wr.lengths[0] <= (wr.isInline() ? mostShortInline : mostShort);
    }

    private int postAny(SoftSendWr wr) {
        int problem = admit(wr);
        if (problem != 0) {
            return problem;
        }
        long slot = nextSlot++;
        if (!pending.isEmpty()) {
            return defer(wr, slot);
        }
        int outcome = qp.run(wr);
        if (outcome < 0) {
            return deferFirst(wr, slot, outcome);
        }
        if (outcome > 0) {
            qp.failSend(qp.epoch(), outcome);
        }
        complete(wr, slot, outcome);
        if (outcome > 0) {
            qp.flushBehindFailure();
        }
        return 0;
    }

    private int postOutOfRts(SoftSendWr wr, QpState now) {
        boolean isFlushed = now == QpState.ERR || now == QpState.SQE;
        if (!isFlushed && now != QpState.SQD) {
            return -Errno.EINVAL;
        }
        int problem = admit(wr);
        if (problem != 0) {
            return problem;
        }
        long slot = nextSlot++;
        if (isFlushed && pending.isEmpty()) {
            complete(wr, slot, FLUSHED);
            return 0;
        }
        return defer(wr, slot);
    }

    /** Whether it may be posted, and there is a slot for it: 0, or a negated errno. */
    private int admit(SoftSendWr wr) {
        int problem = check(wr);
        return problem == 0 && nextSlot - freeSlots >= capabilities.maxSendWr() ? -Errno.ENOMEM : problem;
    }

    private int check(SoftSendWr wr) {
        if (wr.sgeCount < 0 || wr.sgeCount > capabilities.maxSendSge() || wr.sgeCount > wr.addresses.length) {
            return -Errno.EINVAL;
        }
        if (wr.opcode < 0 || wr.opcode > WrOpcode.ATOMIC_FETCH_AND_ADD) {
            return -Errno.EINVAL;
        }
        return wr.isInline() && !isInlineFit(wr) ? -Errno.EINVAL : qp.checkKind(wr);
    }

    private boolean isInlineFit(SoftSendWr wr) {
        if (wr.inlineData != null) {
            return wr.isInlineWithin(capabilities.maxInlineData()) && wr.opcode < WrOpcode.RDMA_READ;
        }
        int total = 0;
        for (int i = 0; i < wr.sgeCount; i++) {
            total += wr.lengths[i];
            if (wr.lengths[i] < 0 || total > capabilities.maxInlineData()) {
                return false;
            }
        }
        return wr.opcode < WrOpcode.RDMA_READ;
    }

    private int deferFirst(SoftSendWr wr, long slot, int outcome) {
        pending.firstFailedWith(outcome);
        return defer(wr, slot);
    }

    private int defer(SoftSendWr wr, long slot) {
        SoftCounters.count(SoftCounter.DEFERRED);
        // Whoever makes it non-empty calls the thread: it may have found it empty a moment before.
        if (pending.add(wr, slot, qp.pd) || qp.isPipelined()) {
            qp.carryOn();
        }
        return 0;
    }

    /** Lets the device thread look at what is pending, if anything is: the state has changed. */
    void carryOn() {
        if (!pending.isEmpty()) {
            qp.carryOn();
        }
    }

    /** Ends an operation: a completion if it was signalled or failed. The state has moved by then, if it failed. */
    void complete(SoftSendWr wr, long slot, int status) {
        complete(wr, slot, status, Silence.NONE);
    }

    /** The same, and why there was no answer. */
    void complete(SoftSendWr wr, long slot, int status, Silence silence) {
        if (status != 0) {
            qp.sendCq.addOwn(qp, wr.wrId, status, 0, silence.code(), slot);
        } else {
            succeed(wr, slot, qp.gathered.totalBytes());
        }
    }

    /** Ends an operation that has succeeded. */
    void succeed(SoftSendWr wr, long slot, int messageBytes) {
        if (isSqSigAll || (wr.flags & SendFlag.SIGNALED) != 0) {
            qp.sendCq.addOwn(qp, wr.wrId, 0, wcOpcode(wr.opcode), messageBytes, slot);
        }
    }

    /** The work completion's opcode of a request. */
    private static int wcOpcode(int opcode) {
        return switch (opcode) {
            case WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM -> WcOpcode.RDMA_WRITE;
            case WrOpcode.RDMA_READ -> WcOpcode.RDMA_READ;
            case WrOpcode.ATOMIC_CMP_AND_SWP -> WcOpcode.COMP_SWAP;
            case WrOpcode.ATOMIC_FETCH_AND_ADD -> WcOpcode.FETCH_ADD;
            default -> WcOpcode.SEND;
        };
    }

    /** Called by the poller: this slot and all before it are free. */
    void free(long slot) {
        freeSlots = slot + 1;
    }

    /** Forgets what is pending, which the device thread has let go of; no completion of the past will be polled any more. */
    void forgetAll() {
        pending.clear();
        freeSlots = nextSlot;
    }
}
