package io.openib.verbs.soft;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import io.openib.verbs.WrOpcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
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

    /** What is sent inline after {@link #inlineHead}, in place of the entries; null where these count. */
    @Nullable
    ByteBuffer inlineData;

    long inlineHead;
    int inlineOffset;
    int inlineLength;
    int immediate;
    long remoteAddress;
    int remoteKey;
    long compareAdd;
    long swap;

    @Nullable
    SoftAh handle;

    int remoteQpNumber;
    int remoteQkey;
    private @Nullable ByteBuffer assembled;

    SoftSendWr(int maxSge) {
        addresses = new long[maxSge];
        lengths = new int[maxSge];
        keys = new int[maxSge];
    }

    boolean isInline() {
        return (flags & SendFlag.INLINE) != 0 || inlineData != null;
    }

    /** Whether head and data are no more than so many bytes. */
    boolean isInlineWithin(int most) {
        return inlineLength <= most - Long.BYTES;
    }

    /** Bytes of a message of one piece. */
    int messageBytes() {
        return inlineData == null ? lengths[0] : Long.BYTES + inlineLength;
    }

    /** Head and data in one piece; good until the next call. */
    ByteBuffer assembleInline(ByteBuffer data) {
        ByteBuffer whole = assembled;
        if (whole == null) {
            whole = ByteBuffer.allocateDirect(QpLimits.MAX_INLINE).order(ByteOrder.nativeOrder());
            assembled = whole;
        }
        return whole.putLong(0, inlineHead).put(Long.BYTES, data, inlineOffset, inlineLength);
    }

    /** Whether it uses up a receive of the target. */
    boolean takesReceive() {
        return opcode == WrOpcode.SEND || opcode == WrOpcode.SEND_WITH_IMM || opcode == WrOpcode.RDMA_WRITE_WITH_IMM;
    }

    void copyFrom(SoftSendWr other) {
        wrId = other.wrId;
        opcode = other.opcode;
        flags = other.isInline() ? other.flags | SendFlag.INLINE : other.flags;
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
        inlineData = null;
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
    public SendWorkRequest inline(long head, ByteBuffer data, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.limit());
        sgeCount = 0;
        inlineData = data;
        inlineHead = head;
        inlineOffset = offset;
        inlineLength = length;
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
