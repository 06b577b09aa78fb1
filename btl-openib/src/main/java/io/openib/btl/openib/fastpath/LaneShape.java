package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueues;

/**
 * What lanes and their queue pairs are made with.
 *
 * @param queues the receive queues
 * @param inlineBytes inline data of a queue pair
 * @param maxReads reads and atomics outstanding on a lane
 * @param alignment of buffers, a power of two
 * @param poolMin fragments of a slab for sends
 * @param poolMax fragments for sends per queue at most; -1 for what makes 16 MiB
 * @param pendingSends sends that wait for one peer at most
 * @param cqEntries entries of a completion queue at least
 * @param pollBatch completions taken at a time
 * @param maxDepth slots of a send queue that the device can have
 * @param maxMessageBytes of one write or read
 */
public record LaneShape(
        ReceiveQueues queues,
        int inlineBytes,
        int maxReads,
        int alignment,
        int poolMin,
        int poolMax,
        int pendingSends,
        int cqEntries,
        int pollBatch,
        int maxDepth,
        int maxMessageBytes) {
    private static final int RDMA_DEPTH = 64;
    private static final int POOL_BYTES = 16 << 20;
    private static final int POOL_LEAST = 64;
    private static final int POOL_MOST = 4096;
    /** A keepalive and a sentinel, on any queue. */
    private static final int MARKERS = 2;

    /** Slots of a send queue that data must leave free. */
    int reservedSlots(int queue) {
        return MARKERS + (queue == queues.controlQueue() ? queues.reservedReceives() : 0);
    }

    /** Slots of a send queue. */
    int depth(int queue) {
        var spec = queues.queue(queue);
        int data = spec.isShared() ? spec.sdMax() : spec.rdNum();
        int rdma = queue == queues.rdmaQueue() ? RDMA_DEPTH : 0;
        return Math.min(maxDepth, data + rdma + reservedSlots(queue));
    }

    /** Receives of a queue pair beyond those of its specification. */
    int reservedReceives(int queue) {
        return queue == queues.controlQueue() && !queues.queue(queue).isShared() ? queues.reservedReceives() : 0;
    }

    /** Receives that a queue holds at most. */
    public int receives(int queue) {
        return queues.queue(queue).rdNum() + reservedReceives(queue);
    }

    /** Bytes of the longest slab for sends. */
    public long longestSlab() {
        return FragmentPool.slabBytes(queues.maxSizeBytes() + Header.BYTES, alignment, poolMin);
    }

    /** Fragments for sends on a queue at most. */
    int poolMax(int queue) {
        return poolMax >= 0
                ? Math.max(poolMax, 1)
                : Math.min(
                        POOL_MOST,
                        Math.max(POOL_LEAST, POOL_BYTES / queues.queue(queue).sizeBytes()));
    }

    /** Completions of receives that can be waiting, with this many lanes. */
    long receiveEntries(int lanes) {
        long entries = 0;
        for (int i = 0; i < queues.count(); i++) {
            var spec = queues.queue(i);
            entries += spec.isShared() ? spec.rdNum() : (long) lanes * (spec.rdNum() + reservedReceives(i));
        }
        return entries;
    }

    /** Completions of sends that can be waiting, with this many lanes. */
    long sendEntries(int lanes) {
        long entries = 0;
        for (int i = 0; i < queues.count(); i++) {
            entries += (long) lanes * depth(i);
        }
        return entries;
    }

    /** How many lanes, of those that are wanted, completion queues of so many entries have room for: one at least. */
    int lanesWithin(long entries, int wanted) {
        int fits = 1;
        int most = wanted;
        while (fits < most) {
            int middle = fits + (most - fits + 1) / 2;
            if (Math.max(receiveEntries(middle), sendEntries(middle)) <= entries) {
                fits = middle;
            } else {
                most = middle - 1;
            }
        }
        return fits;
    }
}
