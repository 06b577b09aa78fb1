package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;

/** A memory region: of the arena, or the user's own. */
final class SoftMr implements MemoryRegion {
    final SoftPd pd;
    final int key;
    final long address;
    final long lengthBytes;
    final int accessBits;
    final ByteBuffer memory;
    final int base;
    private final Set<AccessFlag> access;

    SoftMr(SoftPd pd, int key, long address, int lengthBytes, Set<AccessFlag> access, ByteBuffer memory, int base) {
        this.pd = pd;
        this.key = key;
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.access = Set.copyOf(access);
        this.accessBits = AccessFlag.bits(access);
        this.memory = memory;
        this.base = base;
    }

    /** Whether so many bytes from an address lie within it. */
    boolean contains(long start, int length) {
        long offset = start - address;
        return offset >= 0 && length >= 0 && offset <= lengthBytes - length;
    }

    int offsetOf(long start) {
        return base + (int) (start - address);
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
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
    public ByteBuffer buffer(long offset, int length) {
        Objects.checkFromIndexSize(offset, (long) length, lengthBytes);
        return memory.slice(base + (int) offset, length).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        pd.deregister(this);
    }
}
