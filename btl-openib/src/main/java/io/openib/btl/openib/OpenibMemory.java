package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.verbs.MemoryRegion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One memory, registered with every device that takes it. */
final class OpenibMemory implements RegisteredMemory {
    private final Memories memories;
    private final int rank;
    private final @Nullable MemoryRegion[] regions;
    private final MemoryRegion first;
    private final boolean isRemote;
    private final String device;
    private volatile boolean isClosed;

    /**
     * @param memories that it is one of
     * @param rank of this process
     * @param regions by device number, null where the device does not take it; at least one is there
     */
    OpenibMemory(
            Memories memories,
            int rank,
            @Nullable MemoryRegion[] regions,
            MemoryRegion first,
            boolean isRemote,
            String device) {
        this.memories = memories;
        this.rank = rank;
        this.regions = regions;
        this.first = first;
        this.isRemote = isRemote;
        this.device = device;
    }

    /** The registration with a device; null if there is none any more, or never was. */
    @Nullable
    MemoryRegion region(int deviceNumber) {
        return isClosed ? null : regions[deviceNumber];
    }

    boolean isOpenIn(Memories where) {
        return memories == where && !isClosed;
    }

    private void verifyOpen() {
        if (isClosed) {
            throw new IllegalStateException("this registered memory is closed");
        }
    }

    @Override
    public long lengthBytes() {
        return first.lengthBytes();
    }

    @Override
    public ByteBuffer buffer(long offset, int lengthBytes) {
        verifyOpen();
        return first.buffer(offset, lengthBytes);
    }

    @Override
    public boolean isRemote() {
        return isRemote;
    }

    @Override
    public MemoryHandle handle() {
        verifyOpen();
        if (!isRemote) {
            throw new BtlException("device " + device + " lets no peer into memory that was registered with"
                    + " Btl.register; take memory from Btl.allocate instead");
        }
        List<MemoryHandle.Key> keys = new ArrayList<>();
        for (int i = 0; i < regions.length && keys.size() < MemoryHandle.MAX_KEYS; i++) {
            MemoryRegion region = regions[i];
            if (region != null) {
                keys.add(new MemoryHandle.Key(i, region.rkey(), region.address()));
            }
        }
        return MemoryHandle.of(rank, lengthBytes(), keys);
    }

    @Override
    public void close() {
        isClosed = true;
        for (MemoryRegion region : regions) {
            if (region != null) {
                region.close();
            }
        }
    }
}
