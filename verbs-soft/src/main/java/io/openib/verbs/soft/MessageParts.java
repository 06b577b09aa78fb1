package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.arena.Address;
import java.nio.ByteBuffer;

/** Sends and writes that come over the wire in several packets: the parts in order, the completion with the last. */
final class MessageParts {
    private static final int REMOTE_WRITE = AccessFlag.REMOTE_WRITE.bit();

    private final SoftAdapter adapter;
    private final RcOperations operations;
    private final RcTarget target;
    private final Pieces gathered;
    private final Pieces scattered = new Pieces(QpLimits.MAX_SGE);
    private boolean isHolding;
    private int heldBytes;
    private int heldUntil;

    MessageParts(SoftAdapter adapter, RcOperations operations, RcTarget target, Pieces gathered) {
        this.adapter = adapter;
        this.operations = operations;
        this.target = target;
        this.gathered = gathered;
    }

    /** The claimed receive of a shared queue whose message has not come whole; -1 for none. It is not held any more. */
    int takeHeldShared() {
        int held = isHolding ? target.sharedIndex() : -1;
        isHolding = false;
        return held;
    }

    /** Whether a receive is taken whose message has not come whole. */
    boolean isHolding() {
        return isHolding;
    }

    /** Takes a part: as {@link RcOperations#operate}. */
    int put(SoftSendWr wr, int messageBytes, int offset) {
        boolean isLast = offset + gathered.totalBytes() == messageBytes;
        if (isHolding && (wr.opcode < WrOpcode.SEND || messageBytes != heldBytes)) {
            return operations.deny(target, 0); // nothing comes between the parts of a message
        }
        return switch (wr.opcode) {
            case WrOpcode.SEND -> send(wr, messageBytes, offset, isLast, 0);
            case WrOpcode.SEND_WITH_IMM -> send(wr, messageBytes, offset, isLast, WcFlag.WITH_IMM);
            default -> write(wr, messageBytes, offset, isLast);
        };
    }

    private int send(SoftSendWr wr, int messageBytes, int offset, boolean isLast, int wcFlags) {
        if (offset == 0 && !isHolding) {
            int receiverStatus = target.takeReceive(messageBytes, scattered);
            if (receiverStatus == Outcome.NOT_READY) {
                return Outcome.NOT_READY;
            }
            if (receiverStatus != 0) {
                complete(wr, messageBytes, WcOpcode.RECV, wcFlags, receiverStatus);
                return operations.blame(target, receiverStatus);
            }
            isHolding = true;
            heldBytes = messageBytes;
            heldUntil = 0;
        }
        if (!isHolding || offset != heldUntil) {
            return operations.deny(target, 0);
        }
        // The receive's memory may have been deregistered between two parts.
        if (target.scatterList(scattered) != 0) {
            isHolding = false;
            complete(wr, messageBytes, WcOpcode.RECV, wcFlags, WcStatus.LOC_PROT_ERR.code());
            return operations.blame(target, WcStatus.LOC_PROT_ERR.code());
        }
        gathered.copyTo(scattered, offset);
        if (!isLast) {
            heldUntil = offset + gathered.totalBytes();
            return 0;
        }
        int outcome = complete(wr, messageBytes, WcOpcode.RECV, wcFlags, 0);
        isHolding &= outcome != 0;
        return outcome;
    }

    private int write(SoftSendWr wr, int messageBytes, int offset, boolean isLast) {
        ByteBuffer memory = target.remote(wr.remoteKey, wr.remoteAddress - offset, messageBytes, REMOTE_WRITE);
        if (memory == null) {
            return operations.deny(target, REMOTE_WRITE);
        }
        gathered.copyTo(memory, Address.offset(wr.remoteAddress));
        if (!isLast || wr.opcode == WrOpcode.RDMA_WRITE) {
            return 0;
        }
        if (!target.takeReceive()) {
            return Outcome.NOT_READY;
        }
        return complete(wr, messageBytes, WcOpcode.RECV_RDMA_WITH_IMM, WcFlag.WITH_IMM, 0);
    }

    private int complete(SoftSendWr wr, int messageBytes, int opcode, int wcFlags, int receiverStatus) {
        OutboundRing ring = target.completions();
        ring.take();
        try {
            int at = ring.reserve();
            if (at < 0) {
                return Outcome.UNANSWERED;
            }
            int what = Completion.what(opcode, wcFlags, Completion.KIND_RECEIVE, receiverStatus);
            operations.fill(ring.memory(), at, target, what, messageBytes, wr.immediate, 0);
            adapter.pass(FaultPoint.FILLED);
            ring.publish();
        } finally {
            ring.giveBack();
        }
        ring.notifyOwner((wr.flags & SendFlag.SOLICITED) != 0);
        return 0;
    }
}
