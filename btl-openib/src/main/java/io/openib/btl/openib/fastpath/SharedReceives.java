package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.btl.openib.wire.WorkRequestId;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import java.util.Arrays;

/**
 * One shared receive queue of a module and its buffers. Starts with {@code rd_init} receives; whenever a
 * poll shows that no more than {@code srq_limit} were left, as many again are added, up to {@code rd_num}. Buffers are
 * posted again in batches of {@code rd_num - rd_low}, sooner when few are left.
 */
public final class SharedReceives implements AutoCloseable {
    private static final int INDEX_BITS = 24;

    private final ProtectionDomain pd;
    private final ReceiveQueue spec;
    private final int queue;
    private final int alignment;
    private final SharedReceiveQueue srq;
    private final ReceivePoster poster;
    private final int[] consumed;
    private final int batch;
    private Slab[] slabs = new Slab[0];
    private int consumedCount;
    private int total;
    private int lastPoll;
    private int takenInPoll;
    private boolean canGrow = true;

    /**
     * Makes the queue and posts its first receives; by the control thread, before the owner hears of it.
     *
     * @throws VerbsException if there is no memory for them; nothing is left behind
     */
    public SharedReceives(ProtectionDomain pd, int queue, ReceiveQueue spec, int alignment) {
        this.pd = pd;
        this.queue = queue;
        this.spec = spec;
        this.alignment = alignment;
        this.srq = pd.createSharedReceiveQueue(spec.rdNum(), 1);
        this.poster = new ReceivePoster(srq, spec.sizeBytes() + Header.BYTES);
        this.consumed = new int[spec.rdNum()];
        this.batch = Math.max(1, Math.min(spec.rdNum() - spec.rdLow(), spec.rdInit() / 4));
        begin();
    }

    private void begin() {
        try {
            grow(spec.rdInit());
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** For the queue pairs that draw from it. */
    public SharedReceiveQueue srq() {
        return srq;
    }

    Slab slab(int index) {
        return slabs[index >>> INDEX_BITS];
    }

    int offset(int index) {
        return slabs[index >>> INDEX_BITS].offset(index & (1 << INDEX_BITS) - 1);
    }

    /**
     * A receive is done with.
     *
     * @param poll the number of the poll that brought it: those of one poll were all taken before any was posted again
     * @return whether the queue grew
     */
    boolean release(int index, int poll) {
        takenInPoll = poll == lastPoll ? takenInPoll + 1 : 1;
        lastPoll = poll;
        consumed[consumedCount++] = index;
        boolean isLow = total - takenInPoll <= spec.srqLimit();
        if (consumedCount >= batch || isLow) {
            repost();
        }
        return isLow && canGrow && total < spec.rdNum() && tryGrow();
    }

    private void repost() {
        for (int i = 0; i < consumedCount; i++) {
            int index = consumed[i];
            poster.add(id(index), slabs[index >>> INDEX_BITS], index & (1 << INDEX_BITS) - 1);
        }
        poster.flush();
        consumedCount = 0;
    }

    private boolean tryGrow() {
        try {
            grow(Math.min(total, spec.rdNum() - total));
            return true;
        } catch (VerbsException e) {
            // Fewer receives are slower, not wrong: peers wait for the receiver.
            canGrow = false;
            return false;
        }
    }

    private void grow(int count) {
        Slab slab = new Slab(pd, count, spec.sizeBytes() + Header.BYTES, alignment);
        int first = slabs.length << INDEX_BITS;
        slabs = Arrays.copyOf(slabs, slabs.length + 1);
        slabs[slabs.length - 1] = slab;
        for (int i = 0; i < count; i++) {
            poster.add(id(first | i), slab, i);
        }
        poster.flush();
        total += count;
    }

    private long id(int index) {
        return WorkRequestId.pack(WorkRequestId.SHARED_RECV, queue, 0, index);
    }

    @Override
    public void close() {
        srq.close();
        for (Slab slab : slabs) {
            slab.close();
        }
    }
}
