package io.openib.btl.openib.loop;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

final class LoopRegion implements MemoryRegion {
    final LoopDevice device;
    final ByteBuffer memory;
    private final Set<AccessFlag> access;
    private final int key = LoopFabric.NEXT.getAndIncrement();
    private final long address;

    LoopRegion(LoopDevice device, ByteBuffer memory, Set<AccessFlag> access) {
        this.device = device;
        this.memory = memory;
        this.access = Set.copyOf(access);
        this.address = LoopFabric.ADDRESS.getAndAdd(memory.capacity() + 4096L & -4096L);
        LoopFabric.REGIONS.set(key, this);
    }

    /** Where it lies in the memory; -1 if it does not. */
    int offset(long at, int length) {
        long offset = at - address;
        return offset >= 0 && offset + length <= memory.capacity() ? (int) offset : -1;
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public long lengthBytes() {
        return memory.capacity();
    }

    @Override
    public int lkey() {
        return key;
    }

    @Override
    public int rkey() {
        return key;
    }

    @Override
    public Set<AccessFlag> access() {
        return access;
    }

    @Override
    public ByteBuffer buffer(long offset, int lengthBytes) {
        return memory.slice((int) offset, lengthBytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        if (LoopFabric.REGIONS.getAndSet(key, null) != null) {
            device.objects().closed();
        }
    }
}
