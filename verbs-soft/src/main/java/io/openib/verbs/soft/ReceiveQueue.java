package io.openib.verbs.soft;

import io.openib.verbs.Errno;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpState;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A queue pair's own receive queue: written by the owner, consumed in order by its one peer. */
final class ReceiveQueue {
    private static final VarHandle COMPLETED;

    static {
        try {
            COMPLETED = MethodHandles.lookup().findVarHandle(ReceiveQueue.class, "completed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SoftQp qp;
    private final int most;
    private final ReceiveSlots slots;
    private final int mask;
    private long posted;
    private long vouchedFrom;
    private int vouchedRegions;
    private int vouchedBytes;

    @SuppressWarnings("UnusedVariable") // through COMPLETED
    private long completed;

    private ReceiveQueue(SoftQp qp, ReceiveSlots slots, long posted) {
        this.qp = qp;
        this.most = qp.capabilities().maxRecvWr();
        this.mask = slots.slots() - 1;
        this.slots = slots;
        this.posted = posted;
        this.completed = posted;
    }

    /**
     * An empty one, which peers see.
     *
     * @throws NoRoomException when there is no memory for it; the queue pair's number is free again then
     */
    static ReceiveQueue shown(SoftQp qp) {
        ReceiveQueue made = new ReceiveQueue(qp, newSlots(qp), 0);
        made.show();
        return made;
    }

    private static ReceiveSlots newSlots(SoftQp qp) {
        QpCapabilities capabilities = qp.capabilities();
        int entries = Math.max(2, Integer.highestOneBit(capabilities.maxRecvWr() - 1) * 2);
        try {
            return new ReceiveSlots(
                    qp.pd, qp.adapter.arena(), qp.adapter.regions(), entries, capabilities.maxRecvSge());
        } catch (NoRoomException e) {
            qp.adapter.queuePairs().giveBack(qp.number());
            throw e;
        }
    }

    private void show() {
        Words.putLong(qp.shown.memory, qp.shown.offset + QpContext.RQ_RING, slots.ringAddress());
        Words.putInt(qp.shown.memory, qp.shown.offset + QpContext.RQ_ENTRIES, mask + 1);
        Words.putInt(qp.shown.memory, qp.shown.offset + QpContext.RQ_ENTRY_BYTES, slots.entryBytes());
        Words.putLongRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_POSTED, posted);
    }

    /** See {@link SoftQp#post(RecvWorkRequest)}. */
    int post(SoftRecvWr wr) {
        int result = append(wr);
        if (result == 0) {
            flushIfBroken();
        }
        return result;
    }

    /** See {@link SoftQp#postChain(RecvWorkRequest[], int)}. */
    int postChain(RecvWorkRequest[] wrs, int n) {
        int result = 0;
        int count = 0;
        while (count < n && (result = append((SoftRecvWr) wrs[count])) == 0) {
            count++;
        }
        if (count > 0) {
            flushIfBroken();
        }
        return count > 0 ? count : result;
    }

    /** What was posted in ERR is flushed: who moves there waits until it sees what was posted, or this sees the move. */
    private void flushIfBroken() {
        LateStores.beforeLook();
        if (qp.stateNow() == QpState.ERR) {
            qp.recvCq.beginFlush(qp);
        }
    }

    private int append(SoftRecvWr wr) {
        if (qp.stateNow() == QpState.RESET) {
            return -Errno.EINVAL;
        }
        int problem = ReceiveSlots.check(wr, slots.maxSge());
        if (problem != 0) {
            return problem;
        }
        if (posted - completed() >= most) {
            return -Errno.ENOMEM;
        }
        int slot = (int) posted & mask;
        slots.write(slot, wr);
        vouch(slot);
        posted++;
        Words.putLongRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_POSTED, posted);
        return 0;
    }

    /**
     * Tells the sender from which receive on it need not look, and for how long a message: each has so much room, in memory
     * that was there when the regions lost were last counted.
     */
    private void vouch(int slot) {
        int lost = qp.adapter.regions().lost();
        int room = Math.min(slots.room(slot), Completion.MAX_SHORT);
        if (room < Completion.MAX_CARRIED) {
            vouchFrom(posted + 1, lost, vouchedBytes);
        } else if (lost != vouchedRegions || vouchedBytes == 0 || (room > vouchedBytes && posted == completed())) {
            vouchFrom(posted, lost, room);
        } else if (room < vouchedBytes) {
            vouchFrom(vouchedFrom, lost, room);
        }
    }

    private void vouchFrom(long from, int regionsLost, int bytes) {
        vouchedFrom = from;
        vouchedRegions = regionsLost;
        vouchedBytes = bytes;
        Words.putLongRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_VOUCHED_FROM, from);
        Words.putIntRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_VOUCHED_BYTES, bytes);
        Words.putIntRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_VOUCHED_REGIONS, regionsLost);
    }

    private long completed() {
        return (long) COMPLETED.getAcquire(this);
    }

    /** Whether a receive is left, of those that were posted when a count was taken. */
    boolean hasReceive(long postedThen) {
        return completed() < postedThen;
    }

    ReceiveSlots slots() {
        return slots;
    }

    /** The slot of the oldest receive that has not completed. */
    int oldest() {
        return (int) completed() & mask;
    }

    /** By who polls; the poster may use the slot again. */
    void completeOldest() {
        COMPLETED.setRelease(this, completed() + 1);
    }

    /**
     * Completes the oldest receive with a message that is all in the ring.
     *
     * @return false when the memory of the receive is gone
     */
    boolean takeShort(InboundRing ring, int offset, long route, SoftCompletions batch, int source, Pieces scratch) {
        long position = completed;
        int slot = (int) position & mask;
        int length = Completion.shortLength(route);
        boolean isPlaced = slots.putShort(slot, ring, offset, length, scratch);
        if (isPlaced) {
            batch.add(slots.wrId(slot), Completion.plainRoute(route), length, source);
        } else {
            batch.addError(slots.wrId(slot), ReceiveSlots.GONE, qp.number());
        }
        COMPLETED.setRelease(this, position + 1);
        return isPlaced;
    }

    /** Flushes what is left; false when there may be more because somebody posts at the same time. */
    boolean flush(SoftCq queue) {
        long until = Words.getLongAcquire(qp.shown.memory, qp.shown.offset + QpContext.RQ_POSTED);
        while (completed() < until) {
            queue.addOwn(qp, slots.wrId(oldest()), SendQueue.FLUSHED, 0, 0, -1);
            completeOldest();
        }
        return until == Words.getLongAcquire(qp.shown.memory, qp.shown.offset + QpContext.RQ_POSTED);
    }

    /** The queue of the next life, in the same memory: everything that was posted is forgotten. */
    ReceiveQueue emptied() {
        // A new connection counts from here on both sides, see RcTarget.
        Words.putLongRelease(qp.shown.memory, qp.shown.offset + QpContext.RQ_BASE, posted);
        ReceiveQueue next = new ReceiveQueue(qp, slots, posted);
        next.vouchedFrom = vouchedFrom;
        next.vouchedRegions = vouchedRegions;
        next.vouchedBytes = vouchedBytes;
        return next;
    }

    void free() {
        slots.free();
    }
}
