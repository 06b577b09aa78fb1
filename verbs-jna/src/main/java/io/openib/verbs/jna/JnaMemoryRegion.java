package io.openib.verbs.jna;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;

/** {@code struct ibv_mr} over a direct buffer, which it keeps reachable. */
final class JnaMemoryRegion implements MemoryRegion {
    private final VerbsContext context;
    private final Handle handle;
    private final ByteBuffer bytes;
    private final Set<AccessFlag> access;
    private final long address;
    private final int lkey;
    private final int rkey;

    JnaMemoryRegion(VerbsContext context, long mr, ByteBuffer bytes, Set<AccessFlag> access) {
        this.context = context;
        this.handle = new Handle(context.deviceName() + " mr", mr);
        this.bytes = bytes;
        this.access = Set.copyOf(access);
        this.address = NativeMemory.addressOf(bytes);
        ByteBuffer fields = NativeMemory.view(mr, ObjectLayouts.MR_BYTES);
        this.lkey = fields.getInt(ObjectLayouts.MR_LKEY);
        this.rkey = fields.getInt(ObjectLayouts.MR_RKEY);
    }

    @Override
    public long address() {
        return address;
    }

    @Override
    public long lengthBytes() {
        return bytes.capacity();
    }

    @Override
    public int lkey() {
        return lkey;
    }

    @Override
    public int rkey() {
        return rkey;
    }

    @Override
    public Set<AccessFlag> access() {
        return access;
    }

    @Override
    public ByteBuffer buffer(long offset, int lengthBytes) {
        Objects.checkFromIndexSize(offset, lengthBytes, (long) bytes.capacity());
        return bytes.slice((int) offset, lengthBytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        handle.close("ibv_dereg_mr", context.ibv()::deregMr, mr -> context.closed(mr, this));
    }
}
