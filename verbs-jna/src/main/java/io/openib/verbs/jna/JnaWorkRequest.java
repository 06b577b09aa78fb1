package io.openib.verbs.jna;

import java.nio.ByteBuffer;

/**
 * One {@code struct ibv_send_wr} or {@code ibv_recv_wr} with its scatter list behind it, in one block of native memory.
 * The two begin with the same four fields, {@link WrLayout}.
 */
abstract class JnaWorkRequest {
    private final NativeMemory memory;
    private final ByteBuffer bytes;
    private final long address;
    private final int list;
    private final int maxSge;
    private int sgeCount;

    /** Which chain it was last linked into. */
    private long chain;

    /**
     * @param structBytes the size of the struct, behind which the list begins
     */
    JnaWorkRequest(int structBytes, int maxSge) {
        this.list = structBytes;
        this.maxSge = maxSge;
        this.memory = NativeMemory.ofBytes(structBytes + (maxSge + 1) * SgeLayout.BYTES);
        this.bytes = memory.bytes();
        this.address = memory.address();
        bytes.putLong(WrLayout.SG_LIST, address + structBytes);
    }

    final long address() {
        return address;
    }

    final ByteBuffer bytes() {
        return bytes;
    }

    final void writeWrId(long wrId) {
        bytes.putLong(WrLayout.WR_ID, wrId);
    }

    final void writeSgeCount(int count) {
        sgeCount = count;
        bytes.putInt(WrLayout.NUM_SGE, count);
    }

    final void writeSge(int index, long sgeAddress, int lengthBytes, int lkey) {
        SgeLayout.write(bytes, list, index, sgeAddress, lengthBytes, lkey);
    }

    /** Has the entries count that were written one by one. */
    final void useEntries() {
        bytes.putLong(WrLayout.SG_LIST, address + list);
        bytes.putInt(WrLayout.NUM_SGE, sgeCount);
    }

    /** Has one entry of its own count in their place, which lies behind them. */
    final void useInstead(long sgeAddress, int lengthBytes) {
        SgeLayout.write(bytes, list, maxSge, sgeAddress, lengthBytes, 0);
        bytes.putLong(WrLayout.SG_LIST, address + list + (long) maxSge * SgeLayout.BYTES);
        bytes.putInt(WrLayout.NUM_SGE, 1);
    }

    /** What the entries that count hold together. */
    final long scatteredBytes() {
        long sum = 0;
        for (int i = 0; i < sgeCount; i++) {
            sum += bytes.getInt(list + i * SgeLayout.BYTES + SgeLayout.LENGTH);
        }
        return sum;
    }

    /**
     * Settles what can be settled only now, and looks whether native code may read this.
     *
     * @return false when no queue of this kind could take it
     */
    boolean conclude(boolean isDatagram) {
        return sgeCount >= 0 && sgeCount <= maxSge;
    }

    /** Makes it the last of its chain. */
    final void endChain() {
        bytes.putLong(WrLayout.NEXT, 0);
    }

    /**
     * Joins a chain.
     *
     * @return false when it is in this chain already
     */
    final boolean join(long serial) {
        boolean isNew = chain != serial;
        chain = serial;
        return isNew;
    }

    final void linkTo(JnaWorkRequest next) {
        bytes.putLong(WrLayout.NEXT, next.address);
    }
}
