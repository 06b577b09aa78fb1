package io.openib.verbs.jna;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code struct ibv_send_wr}. */
final class JnaSendWorkRequest extends JnaWorkRequest implements SendWorkRequest {
    private static final int NOT_INLINE = -1;
    private static final int TOO_LONG = Integer.MAX_VALUE;

    private final ByteBuffer bytes;
    private final int maxInline;
    private int flags;
    private @Nullable NativeMemory inlineMemory;
    private int inlineBytes = NOT_INLINE;
    private int opcode = WrOpcode.SEND;
    private long remoteAddress;
    private int rkey;
    private long compareAdd;
    private @Nullable JnaAddressHandle handle;
    private int remoteQp;
    private int remoteQkey;

    JnaSendWorkRequest(int maxSge, int maxInline) {
        super(SendWrLayout.BYTES, maxSge);
        this.maxInline = maxInline;
        bytes = bytes();
        bytes.putInt(SendWrLayout.OPCODE, opcode);
    }

    /**
     * @param most what the queue takes
     * @param maxInline bytes of inline data that it takes
     */
    static JnaSendWorkRequest of(String place, int sges, int most, int maxInline) {
        if (sges < 0 || sges > most) {
            throw Failures.invalid("ibv_post_send", place, sges + " entries, it takes at most " + most);
        }
        return new JnaSendWorkRequest(sges, maxInline);
    }

    @Override
    public SendWorkRequest wrId(long wrId) {
        writeWrId(wrId);
        return this;
    }

    @Override
    public SendWorkRequest opcode(int value) {
        opcode = value;
        bytes.putInt(SendWrLayout.OPCODE, value);
        return this;
    }

    @Override
    public SendWorkRequest flags(int value) {
        flags = value;
        writeFlags();
        return this;
    }

    private void writeFlags() {
        bytes.putInt(SendWrLayout.SEND_FLAGS, inlineBytes == NOT_INLINE ? flags : flags | SendFlag.INLINE);
    }

    @Override
    public SendWorkRequest sgeCount(int count) {
        writeSgeCount(count);
        if (inlineBytes != NOT_INLINE) {
            inlineBytes = NOT_INLINE;
            useEntries();
            writeFlags();
        }
        return this;
    }

    @Override
    public SendWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        writeSge(index, address, lengthBytes, lkey);
        return this;
    }

    /** Native code reads what it is told of by address, so it is copied here, to be copied once more at post. */
    @Override
    public SendWorkRequest inline(long head, ByteBuffer data, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.limit());
        NativeMemory memory = inlineMemory;
        if (memory == null) {
            memory = NativeMemory.ofBytes(Math.max(maxInline, Long.BYTES));
            inlineMemory = memory;
        }
        writeSgeCount(0);
        inlineBytes = TOO_LONG;
        if (length <= maxInline - Long.BYTES) {
            memory.bytes().putLong(0, head).put(Long.BYTES, data, offset, length);
            inlineBytes = Long.BYTES + length;
            useInstead(memory.address(), inlineBytes);
        }
        writeFlags();
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

    /** Settles the union whose fields lie over each other, by the opcode. */
    @Override
    boolean conclude(boolean isDatagram) {
        return super.conclude(isDatagram)
                && (inlineBytes == NOT_INLINE || (inlineBytes <= maxInline && opcode < WrOpcode.RDMA_READ))
                && (isDatagram ? concludeDatagram() : concludeConnected());
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

    private boolean concludeDatagram() {
        long ah = handle == null ? 0 : handle.addressOrZero();
        bytes.putLong(SendWrLayout.UD_AH, ah);
        bytes.putInt(SendWrLayout.UD_REMOTE_QPN, remoteQp);
        bytes.putInt(SendWrLayout.UD_REMOTE_QKEY, remoteQkey);
        return ah != 0 && (opcode == WrOpcode.SEND || opcode == WrOpcode.SEND_WITH_IMM);
    }
}
