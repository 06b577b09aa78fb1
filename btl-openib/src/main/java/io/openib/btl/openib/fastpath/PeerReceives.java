package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.btl.openib.wire.WorkRequestId;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QueuePair;

/**
 * The receives of one per-peer queue of one lane. A credit is returned only for a receive that has been posted again, so
 * a peer that sends within its credits always finds one. Receives of credit messages are posted again at once and count
 * for no credit.
 */
final class PeerReceives implements AutoCloseable {
    /** So many are posted again in an idle round: what takes no longer than an answer does to come. */
    private static final int AT_LEISURE = 4;

    private final int queue;
    private final int lane;
    private final Slab slab;
    private final ReceivePoster poster;
    private final int[] consumed;
    private final int batch;
    /** At most all there are, or credits would never be returned. */
    private final int window;

    private int consumedCount;
    private int posted;
    private int creditsToReturn;

    /** Allocates and posts; by the control thread, before the queue pair can receive. The queue pair is in INIT. */
    PeerReceives(
            ProtectionDomain pd, QueuePair qp, ReceiveQueue spec, int queue, int lane, int reserved, int alignment) {
        this.queue = queue;
        this.lane = lane;
        int count = spec.rdNum() + reserved;
        this.poster = new ReceivePoster(qp, spec.sizeBytes() + Header.BYTES);
        this.consumed = new int[count];
        this.batch = spec.rdNum() - spec.rdLow();
        this.window = Math.min(spec.rdWin(), spec.rdNum());
        this.slab = new Slab(pd, count, spec.sizeBytes() + Header.BYTES, alignment); // last, or it could be left behind
    }

    /** Posts all. Returns a negated errno when the device refuses. */
    int postAll() {
        for (int i = 0; i < slab.count(); i++) {
            int code = poster.add(id(i), slab, i);
            if (code != 0) {
                return code;
            }
        }
        posted = slab.count();
        return poster.flush();
    }

    Slab slab() {
        return slab;
    }

    int offset(int index) {
        return slab.offset(index);
    }

    /** A receive has completed, in whatever way. */
    void completed() {
        posted--;
    }

    int posted() {
        return posted;
    }

    /** A message has been dealt with; its receive is posted again before long. */
    void release(int index) {
        consumed[consumedCount++] = index;
        if (consumedCount >= batch || consumedCount + creditsToReturn >= window) {
            repost();
        }
    }

    /** A message of the transport's own has been dealt with. */
    void releaseReserved(int index) {
        poster.add(id(index), slab, index);
        poster.flush();
        posted++;
    }

    private void repost() {
        repost(consumedCount);
    }

    /** Whether enough wait to be posted again for an idle round to do it. */
    boolean hasIdleWork() {
        return consumedCount >= AT_LEISURE;
    }

    /** Posts some again while there is nothing else to do, so that no message has to wait for a whole batch of them. */
    void repostAtLeisure() {
        repost(Math.min(AT_LEISURE, consumedCount));
    }

    private void repost(int count) {
        for (int i = 0; i < count; i++) {
            int index = consumed[--consumedCount];
            poster.add(id(index), slab, index);
        }
        poster.flush();
        posted += count;
        creditsToReturn += count;
    }

    int creditsToReturn() {
        return creditsToReturn;
    }

    boolean isCreditMessageDue() {
        return creditsToReturn >= window;
    }

    void returned(int credits) {
        creditsToReturn -= credits;
    }

    private long id(int index) {
        return WorkRequestId.pack(WorkRequestId.RECV, queue, lane, index);
    }

    @Override
    public void close() {
        slab.close();
    }
}
