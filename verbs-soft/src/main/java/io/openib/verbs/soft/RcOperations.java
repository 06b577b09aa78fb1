package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The operations of a reliable connection, carried out on the target's memory: by the sender's own queue pair within a host,
 * by the target's wire for a sender on another. One thread at a time, between the begin and the end of an operation.
 */
final class RcOperations {
    private static final int OK = 0;
    private static final int INVALID_REQUEST = WcStatus.REM_INV_REQ_ERR.code();
    private static final int ACCESS = WcStatus.REM_ACCESS_ERR.code();
    private static final int OPERATION = WcStatus.REM_OP_ERR.code();
    private static final int LOCAL_OPERATION = WcStatus.LOC_QP_OP_ERR.code();
    private static final int REMOTE_WRITE = AccessFlag.REMOTE_WRITE.bit();
    private static final int REMOTE_READ = AccessFlag.REMOTE_READ.bit();
    private static final int REMOTE_ATOMIC = AccessFlag.REMOTE_ATOMIC.bit();

    /** Tells the target that an operation failed there, with a reason of {@link QpContext}. */
    interface Accuser {
        void accuse(RcTarget peer, int reason);
    }

    private final SoftAdapter adapter;
    private final Requester requester;
    private final Accuser accuser;
    private final Pieces gathered;
    private final Pieces scattered = new Pieces(QpLimits.MAX_SGE);
    private final ByteBuffer resultOfAtomic =
            ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());

    /**
     * For one requester.
     *
     * @param gathered the message of the operation, or where its result goes
     */
    RcOperations(SoftAdapter adapter, Requester requester, Accuser accuser, Pieces gathered) {
        this.adapter = adapter;
        this.requester = requester;
        this.accuser = accuser;
        this.gathered = gathered;
    }

    /**
     * Carries an operation out.
     *
     * @return a code of {@link WcStatus}, {@link SoftQp#UNANSWERED} or {@link SoftQp#NOT_READY}
     */
    int operate(SoftSendWr wr, RcTarget peer) {
        if (!peer.answers(gathered.totalBytes())) {
            return Outcome.UNANSWERED;
        }
        adapter.pass(FaultPoint.ANNOUNCED);
        return switch (wr.opcode) {
            case WrOpcode.SEND -> send(wr, peer, 0);
            case WrOpcode.SEND_WITH_IMM -> send(wr, peer, WcFlag.WITH_IMM);
            case WrOpcode.RDMA_WRITE -> write(wr, peer);
            case WrOpcode.RDMA_WRITE_WITH_IMM -> writeWithImmediate(wr, peer);
            case WrOpcode.RDMA_READ -> read(wr, peer);
            default -> atomic(wr, peer);
        };
    }

    private int send(SoftSendWr wr, RcTarget peer, int wcFlags) {
        int length = gathered.totalBytes();
        OutboundRing ring = peer.completions();
        ring.take();
        try {
            int at = ring.reserve();
            if (at < 0) {
                return Outcome.UNANSWERED;
            }
            boolean isCarried = length <= Completion.MAX_CARRIED;
            boolean isVouchedFor = isCarried && peer.takeVouchedFor(length);
            int receiverStatus = isVouchedFor ? OK : peer.takeReceive(length, scattered);
            if (receiverStatus == Outcome.NOT_READY) {
                return Outcome.NOT_READY;
            }
            adapter.pass(FaultPoint.CLAIMED);
            if (receiverStatus == OK) {
                place(ring.memory(), at, isCarried);
            }
            adapter.pass(FaultPoint.WRITTEN);
            int what = Completion.what(WcOpcode.RECV, wcFlags, Completion.KIND_RECEIVE, receiverStatus);
            fill(ring.memory(), at, peer, what, length, wr.immediate, isCarried ? length : 0);
            finish(ring);
            if (receiverStatus != OK) {
                return blame(peer, receiverStatus);
            }
        } finally {
            ring.giveBack();
        }
        ring.notifyOwner((wr.flags & SendFlag.SOLICITED) != 0);
        return OK;
    }

    /** Puts the message where the taken receive wants it, or into the completion when it is short. */
    private void place(ByteBuffer completion, int at, boolean isCarried) {
        if (isCarried) {
            gathered.copyTo(completion, at + Completion.PAYLOAD);
        } else {
            gathered.copyTo(scattered, 0);
        }
    }

    /** Fills a completion but for what it carries, see {@link Completion#what}. */
    void fill(ByteBuffer memory, int at, RcTarget peer, int what, int length, int immediate, int carried) {
        Completion.fill(memory, at, peer.tag(), what, length, immediate, peer.sharedIndex(), carried);
    }

    void finish(OutboundRing ring) {
        adapter.pass(FaultPoint.FILLED);
        ring.publish();
        adapter.pass(FaultPoint.PUBLISHED);
    }

    /** The receiver failed: it goes to ERR, and so does this side. */
    int blame(RcTarget peer, int receiverStatus) {
        boolean isLength = receiverStatus == WcStatus.LOC_LEN_ERR.code();
        accuser.accuse(peer, isLength ? QpContext.FAULT_LENGTH : QpContext.FAULT_PROTECTION);
        return isLength ? INVALID_REQUEST : OPERATION;
    }

    private int write(SoftSendWr wr, RcTarget peer) {
        int length = gathered.totalBytes();
        if (length == 0) {
            return OK;
        }
        ByteBuffer memory = peer.remote(wr.remoteKey, wr.remoteAddress, length, REMOTE_WRITE);
        if (memory == null) {
            return deny(peer, REMOTE_WRITE);
        }
        gathered.copyTo(memory, Address.offset(wr.remoteAddress));
        return OK;
    }

    int deny(RcTarget peer, int accessBit) {
        boolean isUnsupported = (peer.accessBits() & accessBit) == 0;
        accuser.accuse(peer, isUnsupported ? QpContext.FAULT_INVALID_REQUEST : QpContext.FAULT_ACCESS);
        return isUnsupported ? INVALID_REQUEST : ACCESS;
    }

    private int writeWithImmediate(SoftSendWr wr, RcTarget peer) {
        OutboundRing ring = peer.completions();
        ring.take();
        try {
            int at = ring.reserve();
            if (at < 0) {
                return Outcome.UNANSWERED;
            }
            int length = gathered.totalBytes();
            // First, so that no receive is taken when it is missing.
            ByteBuffer memory = length == 0 ? null : peer.remote(wr.remoteKey, wr.remoteAddress, length, REMOTE_WRITE);
            if (length > 0 && memory == null) {
                return deny(peer, REMOTE_WRITE);
            }
            if (!peer.takeReceive()) {
                return Outcome.NOT_READY;
            }
            adapter.pass(FaultPoint.CLAIMED);
            if (memory != null) {
                gathered.copyTo(memory, Address.offset(wr.remoteAddress));
            }
            adapter.pass(FaultPoint.WRITTEN);
            int what = Completion.what(WcOpcode.RECV_RDMA_WITH_IMM, WcFlag.WITH_IMM, Completion.KIND_RECEIVE, OK);
            fill(ring.memory(), at, peer, what, length, wr.immediate, 0);
            finish(ring);
        } finally {
            ring.giveBack();
        }
        ring.notifyOwner((wr.flags & SendFlag.SOLICITED) != 0);
        return OK;
    }

    private int read(SoftSendWr wr, RcTarget peer) {
        int length = gathered.totalBytes();
        if (requester.maxRdAtomic() == 0) {
            return LOCAL_OPERATION;
        }
        if (peer.maxDestRdAtomic() == 0) {
            return deny(peer, 0);
        }
        if (length == 0) {
            return OK;
        }
        ByteBuffer memory = peer.remote(wr.remoteKey, wr.remoteAddress, length, REMOTE_READ);
        if (memory == null) {
            return deny(peer, REMOTE_READ);
        }
        gathered.fillFrom(memory, Address.offset(wr.remoteAddress), length);
        return OK;
    }

    private int atomic(SoftSendWr wr, RcTarget peer) {
        if (requester.maxRdAtomic() == 0) {
            return LOCAL_OPERATION;
        }
        if (gathered.totalBytes() != Long.BYTES) {
            return WcStatus.LOC_LEN_ERR.code();
        }
        if (peer.maxDestRdAtomic() == 0 || (wr.remoteAddress & Long.BYTES - 1) != 0) {
            return deny(peer, 0);
        }
        ByteBuffer memory = peer.remote(wr.remoteKey, wr.remoteAddress, Long.BYTES, REMOTE_ATOMIC);
        if (memory == null) {
            return deny(peer, REMOTE_ATOMIC);
        }
        int at = Address.offset(wr.remoteAddress);
        long before = wr.opcode == WrOpcode.ATOMIC_FETCH_AND_ADD
                ? Words.getAndAddLong(memory, at, wr.compareAdd)
                : Words.compareAndExchangeLong(memory, at, wr.compareAdd, wr.swap);
        Words.putLong(resultOfAtomic, 0, before);
        gathered.fillFrom(resultOfAtomic, 0, Long.BYTES);
        return OK;
    }
}
