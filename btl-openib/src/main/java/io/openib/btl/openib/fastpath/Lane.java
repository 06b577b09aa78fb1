package io.openib.btl.openib.fastpath;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way to one connected peer: a queue pair per receive queue. Made by the control thread before the handshake,
 * announced to the owner before anything can arrive on it, put up when it is connected. Everything after the announcement
 * is the owner's.
 */
public final class Lane {
    private static final ByteBuffer NO_DATA = ByteBuffer.allocateDirect(0);

    final FastPath path;
    final LaneQueue[] queues;
    final SignsOfLife signs = new SignsOfLife();

    /** Those of the queues that have receives of their own. */
    private final LaneQueue[] perPeer;

    private final int peer;
    private final int slot;
    private final int controlQueue;
    private final int rdmaQueue;
    private final int maxCreditMessages;
    private final int maxReads;
    private int creditMessagesUnderWay;
    private int seenToReturn;
    private int reads;
    private boolean isUp;
    private boolean wasUp;
    private boolean isFailed;
    private boolean isRetired;
    private boolean hasSaidLast;
    private long drainDeadlineNs;
    private long retiredNs;

    Lane(FastPath path, int peer, int slot, LaneQueue[] queues, LaneShape shape) {
        this.path = path;
        this.peer = peer;
        this.slot = slot;
        this.queues = queues;
        this.perPeer =
                Arrays.stream(queues).filter(queue -> queue.receives != null).toArray(LaneQueue[]::new);
        this.controlQueue = shape.queues().controlQueue();
        this.rdmaQueue = shape.queues().rdmaQueue();
        this.maxCreditMessages = shape.queues().maxCreditMessages();
        this.maxReads = shape.maxReads();
    }

    /** The peer's rank. */
    public int peer() {
        return peer;
    }

    /** Its number within the module, in use again only after it is destroyed. */
    public int slot() {
        return slot;
    }

    /** The queue pairs, by receive queue. */
    public List<QueuePair> queuePairs() {
        List<QueuePair> qps = new ArrayList<>();
        for (LaneQueue queue : queues) {
            qps.add(queue.qp);
        }
        return qps;
    }

    /** Sets who hears, on the owner, of the first completion; by the control thread, before it is announced. */
    public void onTraffic(Runnable listener) {
        signs.onFirst(listener);
    }

    /**
     * Posts the receives of the per-peer queues, whose queue pairs must be in INIT; by the control thread.
     *
     * @return 0 or a negated errno
     */
    public int postReceives() {
        for (LaneQueue queue : queues) {
            int code = queue.receives == null ? 0 : queue.receives.postAll();
            if (code != 0) {
                return code;
            }
        }
        return 0;
    }

    /** Destroys queue pairs and receives; by the control thread, when the owner is through with the lane. */
    public void destroy() {
        for (LaneQueue queue : queues) {
            queue.close();
        }
    }

    boolean isUp() {
        return isUp;
    }

    /** Lets it send, and returns the credits that have come together. */
    void putUp() {
        isUp = true;
        wasUp = true;
        returnCredits();
    }

    /** Whether a request on it has failed, or it is retired. */
    boolean isFailed() {
        return isFailed;
    }

    void fail(long deadlineNs) {
        isUp = false;
        isFailed = true;
        drainDeadlineNs = deadlineNs;
    }

    /** Whether nobody has retired it before. Its number and its queue pairs may be another's once it is drained. */
    boolean beginRetirement() {
        boolean isFirst = !isRetired;
        isRetired = true;
        retiredNs = isFirst ? System.nanoTime() : retiredNs;
        return isFirst;
    }

    long retiredNs() {
        return retiredNs;
    }

    void lastReceiveTaken(int qpNumber) {
        for (LaneQueue queue : queues) {
            if (queue.qp.number() == qpNumber) {
                queue.lastReceiveTaken();
            }
        }
    }

    /** Whether it has ever been connected. */
    boolean wasUp() {
        return wasUp;
    }

    /** Whether shared receives may still be taken for it. */
    boolean mayTakeReceives() {
        return Arrays.stream(queues).anyMatch(LaneQueue::mayTakeReceives);
    }

    boolean isDrainOverdue(long nowNs) {
        return nowNs - drainDeadlineNs > 0;
    }

    /** Whether nothing is posted any more. */
    boolean isEmpty() {
        for (LaneQueue queue : queues) {
            if (!queue.ring.isEmpty() || (queue.receives != null && queue.receives.posted() > 0)) {
                return false;
            }
        }
        return true;
    }

    /** Whether all sends are complete. */
    boolean hasNothingToComplete() {
        for (LaneQueue queue : queues) {
            if (!queue.ring.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Sends an active message from the caller's buffer. BACK_PRESSURE if it has to wait, PEER_FAILED if there is no memory for it. */
    int send(
            int queueIndex,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        LaneQueue queue = queues[queueIndex];
        Counter stall = queue.stall();
        if (stall != null) {
            path.counters.add(stall);
            return BtlStatus.BACK_PRESSURE;
        }
        long header = header(tag, Header.DATA);
        if (length + Header.BYTES <= queue.inlineBytes) {
            int flags = handler != null || queue.isSignalDue() ? SendFlag.SIGNALED : 0;
            int code = queue.postInline(header, data, offset, length, flags, true, handler, cookie);
            return posted(code, header, flags, Counter.SENDS_INLINE);
        }
        FragmentPool pool = path.pools[queueIndex];
        int fragment = path.take(pool, peer, queue.fragments());
        if (fragment == FragmentPool.NONE) {
            return FastPath.refusal(pool);
        }
        pool.buffer(fragment).put(pool.offset(fragment) + Header.BYTES, data, offset, length);
        int code = postFragment(queue, header, fragment, length, handler, cookie);
        if (code != BtlStatus.OK) {
            pool.giveBack(fragment);
        }
        return code;
    }

    /** Sends an active message that lies in a fragment already. BACK_PRESSURE leaves the fragment with the caller. */
    int sendFragment(
            int queueIndex, int tag, int fragment, int length, @Nullable CompletionHandler handler, long cookie) {
        LaneQueue queue = queues[queueIndex];
        if (queue.stall() != null) {
            return BtlStatus.BACK_PRESSURE;
        }
        return postFragment(queue, header(tag, Header.DATA), fragment, length, handler, cookie);
    }

    private int postFragment(
            LaneQueue queue, long header, int fragment, int length, @Nullable CompletionHandler handler, long cookie) {
        FragmentPool pool = path.pools[queue.index];
        pool.buffer(fragment).putLong(pool.offset(fragment), header);
        int code = queue.postSend(
                pool.address(fragment),
                pool.lkey(fragment),
                length + Header.BYTES,
                SendFlag.SIGNALED,
                true,
                fragment,
                handler,
                cookie);
        return posted(code, header, SendFlag.SIGNALED, Counter.SENDS_COPIED);
    }

    private int posted(int code, long header, int flags, Counter counter) {
        if (code != 0) {
            path.refused(this, code);
            return BtlStatus.BACK_PRESSURE;
        }
        if ((flags & SendFlag.SIGNALED) != 0) {
            path.signalled++;
        }
        path.counters.add(counter);
        commit(header);
        return BtlStatus.OK;
    }

    /** A header with what is to be returned to the peer; {@link #commit} makes it so. */
    private long header(int tag, int control) {
        int credits = 0;
        int creditQueue = 0;
        for (LaneQueue queue : perPeer) {
            PeerReceives receives = queue.receives;
            if (receives != null && receives.creditsToReturn() > 0) {
                credits = Math.min(receives.creditsToReturn(), Header.MAX_CREDITS);
                creditQueue = queue.index;
                break;
            }
        }
        return Header.pack(tag, control, credits, creditQueue, seenToReturn);
    }

    private void commit(long header) {
        int credits = Header.credits(header);
        if (credits > 0) {
            PeerReceives receives = queues[Header.queue(header)].receives;
            if (receives != null) {
                receives.returned(credits);
            }
        }
        seenToReturn -= Header.seen(header);
    }

    /** Takes what a header brings; false if no sane peer can have sent it. */
    boolean takeHeader(long header) {
        signs.heard(true);
        int credits = Header.credits(header);
        if (credits > 0) {
            int queue = Header.queue(header);
            if (queue >= queues.length || !queues[queue].addCredits(credits)) {
                return false;
            }
        }
        int seen = Header.seen(header);
        if (seen > 0) {
            creditMessagesUnderWay -= seen;
            returnCredits();
            return creditMessagesUnderWay >= 0;
        }
        return true;
    }

    /** A credit message was received, and its receive posted again. */
    void creditMessageSeen() {
        seenToReturn++;
        reportSeen();
    }

    private void reportSeen() {
        if (isUp && seenToReturn >= Math.max(1, maxCreditMessages / 2) && sendControl(Header.SEEN)) {
            path.counters.add(Counter.SEEN_MESSAGES);
        }
    }

    /** Sends credit messages for the queues that warrant one, as far as the reserve goes. */
    void returnCredits() {
        for (LaneQueue queue : perPeer) {
            PeerReceives receives = queue.receives;
            while (isUp
                    && receives != null
                    && receives.isCreditMessageDue()
                    && creditMessagesUnderWay < maxCreditMessages
                    && sendControl(Header.CREDITS)) {
                creditMessagesUnderWay++;
                path.counters.add(Counter.CREDIT_MESSAGES);
            }
        }
    }

    /** Something completed on the queue: what waited for a slot can go now. */
    void slotFreed(boolean isAsked) {
        signs.heard(isAsked);
        if (isUp) {
            returnCredits();
            reportSeen();
        }
    }

    /** Sends a message of the transport's own, always signalled; false if there is no slot. */
    boolean sendControl(int control) {
        LaneQueue queue = queues[controlQueue];
        if (!queue.hasReservedSlot()) {
            return false;
        }
        long header = header(0, control);
        boolean isInline = queue.inlineBytes >= Header.BYTES;
        FragmentPool pool = path.pools[controlQueue];
        int fragment = isInline ? FragmentPool.NONE : path.take(pool, peer, 0);
        if (!isInline && fragment == FragmentPool.NONE) {
            if (pool.isStarved()) {
                path.starved(this);
            }
            return false;
        }
        int code = isInline
                ? queue.postInline(header, NO_DATA, 0, 0, SendFlag.SIGNALED, false, null, 0)
                : postControl(queue, pool, fragment, header);
        if (code != 0) {
            if (!isInline) {
                pool.giveBack(fragment);
            }
            path.refused(this, code);
            return false;
        }
        path.signalled++;
        commit(header);
        return true;
    }

    private static int postControl(LaneQueue queue, FragmentPool pool, int fragment, long header) {
        pool.buffer(fragment).putLong(pool.offset(fragment), header);
        return queue.postSend(
                pool.address(fragment), pool.lkey(fragment), Header.BYTES, SendFlag.SIGNALED, false, fragment, null, 0);
    }

    /** Posts a write or a read. */
    int rdma(
            int opcode,
            long address,
            int lkey,
            int length,
            long remoteAddress,
            int rkey,
            @Nullable CompletionHandler handler,
            long cookie) {
        LaneQueue queue = queues[rdmaQueue];
        boolean isRead = opcode == WrOpcode.RDMA_READ;
        if (!queue.hasSlot() || (isRead && reads >= maxReads)) {
            return BtlStatus.BACK_PRESSURE;
        }
        int code = queue.postRdma(opcode, address, lkey, length, remoteAddress, rkey, handler, cookie);
        return rdmaPosted(code, isRead, isRead ? Counter.GETS : Counter.PUTS);
    }

    /** Posts an atomic. */
    int atomic(
            int opcode,
            long address,
            int lkey,
            long remoteAddress,
            int rkey,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        LaneQueue queue = queues[rdmaQueue];
        if (!queue.hasSlot() || reads >= maxReads) {
            return BtlStatus.BACK_PRESSURE;
        }
        int code = queue.postAtomic(opcode, address, lkey, remoteAddress, rkey, compareAdd, swap, handler, cookie);
        return rdmaPosted(code, true, Counter.GETS);
    }

    private int rdmaPosted(int code, boolean isRead, Counter counter) {
        if (code != 0) {
            path.refused(this, code);
            return BtlStatus.BACK_PRESSURE;
        }
        if (isRead) {
            reads++;
        }
        path.signalled++;
        path.counters.add(counter);
        return BtlStatus.OK;
    }

    /** Whether a message of this queue can go at once. */
    boolean hasRoom(int queueIndex) {
        LaneQueue queue = queues[queueIndex];
        return queue.stall() == null && path.pools[queueIndex].hasRoom(queue.fragments());
    }

    /** Whether an atomic can go at once, and half of those that may be under way are not. */
    boolean hasRoomForAtomics() {
        return queues[rdmaQueue].hasSlot() && 2 * reads <= maxReads;
    }

    void readCompleted() {
        reads--;
    }

    /** Posts a zero-byte write that nobody is told of: it fails if the peer is gone. One at a time. */
    boolean postKeepalive() {
        LaneQueue queue = queues[controlQueue];
        if (signs.isAwaited() || !queue.hasReservedSlot() || queue.postKeepalive() != 0) {
            return false;
        }
        signs.await(true);
        path.signalled++;
        return true;
    }

    /** Says the last word, a goodbye or that it is given up, once; false if there is no slot for it. */
    boolean sayLast(int word) {
        if (!isUp || hasSaidLast) {
            return true;
        }
        flush();
        hasSaidLast = sendControl(word);
        return hasSaidLast;
    }

    /** Posts, on each queue that needs it, what tells when all before it is complete. */
    void flush() {
        for (LaneQueue queue : queues) {
            if (queue.hasUnsignalled() && queue.hasReservedSlot()) {
                postMarker(queue);
            }
        }
    }

    /** Posts a sentinel on each queue, in the last slot; false if the device refuses one. */
    boolean postSentinels() {
        boolean isPosted = true;
        for (LaneQueue queue : queues) {
            isPosted &= queue.ring.isEmpty() || postMarker(queue);
        }
        return isPosted;
    }

    /** Posts a zero-byte write on the first queue whose outcome is told; false if it cannot be posted. */
    boolean probe(CompletionHandler answer) {
        return !isFailed && queues[0].hasReservedSlot() && postMarker(queues[0], answer);
    }

    private boolean postMarker(LaneQueue queue) {
        return postMarker(queue, null);
    }

    private boolean postMarker(LaneQueue queue, @Nullable CompletionHandler answer) {
        if (queue.ring.free() == 0 || queue.postRdma(WrOpcode.RDMA_WRITE, 0, 0, 0, 0, 0, answer, 0) != 0) {
            return false;
        }
        path.signalled++;
        return true;
    }
}
