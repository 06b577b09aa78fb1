package io.openib.verbs.jna;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One {@code struct ibv_send_wr} with its scatter list behind it, in one block of native memory. */
final class JnaSendWorkRequest implements SendWorkRequest {
    private final NativeMemory memory;
    private final ByteBuffer bytes;
    private final int maxSge;
    private int opcode = WrOpcode.SEND;
    private int sgeCount;
    private long remoteAddress;
    private int rkey;
    private long compareAdd;
    private @Nullable JnaAddressHandle handle;
    private int remoteQp;
    private int remoteQkey;

    /** Which chain it was last linked into. */
    private long chain;

    JnaSendWorkRequest(int maxSge) {
        this.maxSge = maxSge;
        this.memory = NativeMemory.ofBytes(SendWrLayout.BYTES + maxSge * SgeLayout.BYTES);
        this.bytes = memory.bytes();
        bytes.putLong(SendWrLayout.SG_LIST, memory.address() + SendWrLayout.BYTES);
        bytes.putInt(SendWrLayout.OPCODE, opcode);
    }

    long address() {
        return memory.address();
    }

    ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public SendWorkRequest wrId(long wrId) {
        bytes.putLong(SendWrLayout.WR_ID, wrId);
        return this;
    }

    @Override
    public SendWorkRequest opcode(int value) {
        opcode = value;
        bytes.putInt(SendWrLayout.OPCODE, value);
        return this;
    }

    @Override
    public SendWorkRequest flags(int flags) {
        bytes.putInt(SendWrLayout.SEND_FLAGS, flags);
        return this;
    }

    @Override
    public SendWorkRequest sgeCount(int count) {
        sgeCount = count;
        bytes.putInt(SendWrLayout.NUM_SGE, count);
        return this;
    }

    @Override
    public SendWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        SgeLayout.write(bytes, SendWrLayout.BYTES, index, address, lengthBytes, lkey);
        return this;
    }

    @Override
    public SendWorkRequest immediate(int value) {
        bytes.putInt(SendWrLayout.IMM_DATA, Integer.reverseBytes(value));
        return this;
    }

    @Override
    public SendWorkRequest remote(long address, int key) {
        remoteAddress = address;
        rkey = key;
        return this;
    }

    @Override
    public SendWorkRequest compareAdd(long value) {
        compareAdd = value;
        return this;
    }

    @Override
    public SendWorkRequest swap(long value) {
        bytes.putLong(SendWrLayout.ATOMIC_SWAP, value);
        return this;
    }

    @Override
    public SendWorkRequest destination(AddressHandle to, int qpNumber, int qkey) {
        handle = (JnaAddressHandle) to;
        remoteQp = qpNumber;
        remoteQkey = qkey;
        return this;
    }

    /**
     * Settles the union whose fields lie over each other, by the opcode, and looks whether native code may read this.
     *
     * @return false when no queue pair of this kind could run it
     */
    boolean conclude(boolean isDatagram) {
        if (sgeCount < 0 || sgeCount > maxSge) {
            return false;
        }
        return isDatagram ? concludeDatagram() : concludeConnected();
    }

    private boolean concludeConnected() {
        switch (opcode) {
            case WrOpcode.SEND, WrOpcode.SEND_WITH_IMM -> {
                return true;
            }
            case WrOpcode.RDMA_WRITE, WrOpcode.RDMA_WRITE_WITH_IMM, WrOpcode.RDMA_READ -> {
                bytes.putLong(SendWrLayout.REMOTE_ADDR, remoteAddress);
                bytes.putInt(SendWrLayout.RDMA_RKEY, rkey);
                return true;
            }
            case WrOpcode.ATOMIC_CMP_AND_SWP, WrOpcode.ATOMIC_FETCH_AND_ADD -> {
                bytes.putLong(SendWrLayout.REMOTE_ADDR, remoteAddress);
                bytes.putLong(SendWrLayout.ATOMIC_COMPARE_ADD, compareAdd);
                bytes.putInt(SendWrLayout.ATOMIC_RKEY, rkey);
                return scatteredBytes() == Long.BYTES;
            }
            default -> {
                return false;
            }
        }
    }

    private long scatteredBytes() {
        long sum = 0;
        for (int i = 0; i < sgeCount; i++) {
            sum += bytes.getInt(SendWrLayout.BYTES + i * SgeLayout.BYTES + SgeLayout.LENGTH);
        }
        return sum;
    }

    private boolean concludeDatagram() {
        long ah = handle == null ? 0 : handle.addressOrZero();
        bytes.putLong(SendWrLayout.UD_AH, ah);
        bytes.putInt(SendWrLayout.UD_REMOTE_QPN, remoteQp);
        bytes.putInt(SendWrLayout.UD_REMOTE_QKEY, remoteQkey);
        return ah != 0 && (opcode == WrOpcode.SEND || opcode == WrOpcode.SEND_WITH_IMM);
    }

    /** Makes it the last of its chain. */
    void endChain() {
        bytes.putLong(SendWrLayout.NEXT, 0);
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

    void linkTo(JnaSendWorkRequest next) {
        bytes.putLong(SendWrLayout.NEXT, next.memory.address());
    }
}
