package io.openib.verbs.soft;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import org.jspecify.annotations.Nullable;

/** A send request in the form in which the engine reads it. */
final class SoftSendWr implements SendWorkRequest {
    long wrId;
    int opcode;
    int flags;
    int sgeCount;
    final long[] addresses;
    final int[] lengths;
    final int[] keys;
    int immediate;
    long remoteAddress;
    int remoteKey;
    long compareAdd;
    long swap;

    @Nullable
    SoftAh handle;

    int remoteQpNumber;
    int remoteQkey;

    SoftSendWr(int maxSge) {
        addresses = new long[maxSge];
        lengths = new int[maxSge];
        keys = new int[maxSge];
    }

    boolean isInline() {
        return (flags & SendFlag.INLINE) != 0;
    }

    /** Whether it uses up a receive of the target. */
    boolean takesReceive() {
        return opcode == WrOpcode.SEND || opcode == WrOpcode.SEND_WITH_IMM || opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
    }

    void copyFrom(SoftSendWr other) {
        wrId = other.wrId;
        opcode = other.opcode;
        flags = other.flags;
        sgeCount = other.sgeCount;
        System.arraycopy(other.addresses, 0, addresses, 0, other.sgeCount);
        System.arraycopy(other.lengths, 0, lengths, 0, other.sgeCount);
        System.arraycopy(other.keys, 0, keys, 0, other.sgeCount);
        immediate = other.immediate;
        remoteAddress = other.remoteAddress;
        remoteKey = other.remoteKey;
        compareAdd = other.compareAdd;
        swap = other.swap;
        handle = other.handle;
        remoteQpNumber = other.remoteQpNumber;
        remoteQkey = other.remoteQkey;
    }

    @Override
    public SendWorkRequest wrId(long value) {
        wrId = value;
        return this;
    }

    @Override
    public SendWorkRequest opcode(int value) {
        opcode = value;
        return this;
    }

    @Override
    public SendWorkRequest flags(int value) {
        flags = value;
        return this;
    }

    @Override
    public SendWorkRequest sgeCount(int count) {
        sgeCount = count;
        return this;
    }

    @Override
    public SendWorkRequest sge(int index, long address, int lengthBytes, int lkey) {
        addresses[index] = address;
        lengths[index] = lengthBytes;
        keys[index] = lkey;
        return this;
    }

    @Override
    public SendWorkRequest immediate(int value) {
        immediate = value;
        return this;
    }

    @Override
    public SendWorkRequest remote(long address, int rkey) {
        remoteAddress = address;
        remoteKey = rkey;
        return this;
    }

    @Override
    public SendWorkRequest compareAdd(long value) {
        compareAdd = value;
        return this;
    }

    @Override
    public SendWorkRequest swap(long value) {
        swap = value;
        return this;
    }

    @Override
    public SendWorkRequest destination(AddressHandle to, int qpNumber, int qkey) {
        handle = (SoftAh) to;
        remoteQpNumber = qpNumber;
        remoteQkey = qkey;
        return this;
    }
}
