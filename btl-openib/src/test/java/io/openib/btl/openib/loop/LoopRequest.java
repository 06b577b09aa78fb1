package io.openib.btl.openib.loop;

import io.openib.verbs.AddressHandle;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SendFlag;
import io.openib.verbs.SendWorkRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

final class LoopRequest implements SendWorkRequest, Cloneable {
    private static final int MAX_INLINE = 1024;

    long wrId;
    int opcode;
    int flags;
    int sges;
    long address;
    int length;
    int lkey;
    long remoteAddress;
    int rkey;
    long compareAdd;
    long swap;
    byte[] inline = new byte[0];
    /** What came with {@link #inline(long, ByteBuffer, int, int)}. */
    ByteBuffer given = ByteBuffer.allocate(MAX_INLINE).order(ByteOrder.nativeOrder());

    boolean isGiven;

    LoopRequest copy() {
        try {
            LoopRequest copy = (LoopRequest) clone();
            if (isGiven) {
                copy.given = ByteBuffer.wrap(given.array().clone());
            } else if ((flags & SendFlag.INLINE) != 0) {
                LoopRegion region = LoopFabric.REGIONS.get(lkey);
                copy.inline = new byte[length];
                region.memory.get(region.offset(address, length), copy.inline);
            }
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
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
        sges = count;
        isGiven = false;
        return this;
    }

    @Override
    public SendWorkRequest inline(long head, ByteBuffer data, int offset, int lengthBytes) {
        sges = 1;
        length = Long.BYTES + lengthBytes;
        given.putLong(0, head).put(Long.BYTES, data, offset, lengthBytes);
        isGiven = true;
        return this;
    }

    @Override
    public SendWorkRequest sge(int index, long at, int lengthBytes, int key) {
        address = at;
        length = lengthBytes;
        lkey = key;
        return this;
    }

    @Override
    public SendWorkRequest immediate(int value) {
        return this;
    }

    @Override
    public SendWorkRequest remote(long at, int key) {
        remoteAddress = at;
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
        swap = value;
        return this;
    }

    @Override
    public SendWorkRequest destination(AddressHandle handle, int qpNumber, int qkey) {
        return this;
    }

    /** A receive. */
    static final class Receive implements RecvWorkRequest {
        long wrId;
        long address;
        int length;
        int lkey;

        void copyOf(Receive other) {
            wrId = other.wrId;
            address = other.address;
            length = other.length;
            lkey = other.lkey;
        }

        @Override
        public RecvWorkRequest wrId(long value) {
            wrId = value;
            return this;
        }

        @Override
        public RecvWorkRequest sgeCount(int count) {
            return this;
        }

        @Override
        public RecvWorkRequest sge(int index, long at, int lengthBytes, int key) {
            address = at;
            length = lengthBytes;
            lkey = key;
            return this;
        }
    }
}
