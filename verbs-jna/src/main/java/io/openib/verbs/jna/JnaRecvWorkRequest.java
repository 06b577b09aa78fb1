package io.openib.verbs.jna;

import io.openib.verbs.RecvWorkRequest;
import java.nio.ByteBuffer;

/** One {@code struct ibv_recv_wr} with its scatter list behind it, in one block of native memory. */
final class JnaRecvWorkRequest implements RecvWorkRequest {
    private final NativeMemory memory;
    private final ByteBuffer bytes;
    private final int maxSge;
    private int sgeCount;

    /** Which chain it was last linked into. */
    private long chain;

    JnaRecvWorkRequest(int maxSge) {
        this.maxSge = maxSge;
        this.memory = NativeMemory.ofBytes(RecvWrLayout.BYTES + maxSge * SgeLayout.BYTES);
        this.bytes = memory.bytes();
        bytes.putLong(RecvWrLayout.SG_LIST, memory.address() + RecvWrLayout.BYTES);
    }

    long address() {
        return memory.address();
    }

    ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public RecvWorkRequest wrId(long wrId) {
        bytes.putLong(RecvWrLayout.WR_ID, wrId);
        return this;
    }

    @Override
    public RecvWorkRequest sgeCount(int count) {
        sgeCount = count;
        bytes.putInt(RecvWrLayout.NUM_SGE, count);
        return this;
    }

    @Override
    public RecvWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        SgeLayout.write(bytes, RecvWrLayout.BYTES, index, address, lengthBytes, lkey);
        return this;
    }

    /** Whether the count lies within the list that native code would read. */
    boolean isSound() {
        return sgeCount >= 0 && sgeCount <= maxSge;
    }

    /** Makes it the last of its chain. */
    void endChain() {
        bytes.putLong(RecvWrLayout.NEXT, 0);
    }

    /**
     * Joins a chain.
     *
     * @return false when it is in this chain already
     */
    boolean join(long serial) {
        boolean isNew = chain != serial;
        chain = serial;
        return isNew;
    }

    void linkTo(JnaRecvWorkRequest next) {
        bytes.putLong(RecvWrLayout.NEXT, next.memory.address());
    }
}
