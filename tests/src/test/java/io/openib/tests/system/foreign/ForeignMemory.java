package io.openib.tests.system.foreign;

import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Memory with a number. */
record ForeignMemory(int rank, int id, ByteBuffer bytes) implements RegisteredMemory {
    @Override
    public long lengthBytes() {
        return bytes.capacity();
    }

    @Override
    public ByteBuffer buffer(long offset, int lengthBytes) {
        return bytes.slice((int) offset, lengthBytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public MemoryHandle handle() {
        return MemoryHandle.of(rank, lengthBytes(), List.of(new MemoryHandle.Key(0, id, 0)));
    }

    @Override
    public void close() {}
}
