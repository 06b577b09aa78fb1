package io.openib.verbs.jna;

import io.openib.verbs.WorkCompletions;
import java.nio.ByteBuffer;

/** An array of {@code struct ibv_wc}, read where the provider wrote it. */
final class JnaWorkCompletions implements WorkCompletions {
    private final int capacity;
    private final NativeMemory memory;
    private final ByteBuffer bytes;

    JnaWorkCompletions(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a batch of " + capacity + " completions");
        }
        this.capacity = capacity;
        this.memory = NativeMemory.ofBytes(Math.multiplyExact(capacity, WcLayout.BYTES));
        this.bytes = memory.bytes();
    }

    long address() {
        return memory.address();
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public long wrId(int index) {
        return bytes.getLong(index * WcLayout.BYTES + WcLayout.WR_ID);
    }

    @Override
    public int status(int index) {
        return field(index, WcLayout.STATUS);
    }

    @Override
    public int opcode(int index) {
        return field(index, WcLayout.OPCODE);
    }

    @Override
    public int vendorError(int index) {
        return field(index, WcLayout.VENDOR_ERR);
    }

    @Override
    public int byteLength(int index) {
        return field(index, WcLayout.BYTE_LEN);
    }

    @Override
    public int immediate(int index) {
        return Integer.reverseBytes(field(index, WcLayout.IMM_DATA));
    }

    @Override
    public int qpNumber(int index) {
        return field(index, WcLayout.QP_NUM);
    }

    @Override
    public int sourceQp(int index) {
        return field(index, WcLayout.SRC_QP);
    }

    @Override
    public int flags(int index) {
        return field(index, WcLayout.WC_FLAGS);
    }

    private int field(int index, int offset) {
        return bytes.getInt(index * WcLayout.BYTES + offset);
    }
}
