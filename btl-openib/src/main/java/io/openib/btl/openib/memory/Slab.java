package io.openib.btl.openib.memory;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.ProtectionDomain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;

/**
 * Memory of the device, cut into fragments of one size. Immutable but for what is in it; whoever holds a fragment's number
 * may write to it.
 */
public final class Slab implements AutoCloseable {
    private final MemoryRegion region;
    private final ByteBuffer buffer;
    private final ByteBuffer view;
    private final long address;
    private final int lkey;
    private final int stride;
    private final int count;

    /**
     * Allocates.
     *
     * @param fragmentBytes rounded up to the alignment
     * @param alignment a power of two
     * @throws io.openib.verbs.VerbsException if there is not enough memory; it says how much is needed
     */
    public Slab(ProtectionDomain pd, int count, int fragmentBytes, int alignment) {
        this.stride = Math.addExact(fragmentBytes, alignment - 1) & -alignment;
        this.count = count;
        this.region = pd.allocate((long) stride * count, EnumSet.of(AccessFlag.LOCAL_WRITE));
        this.buffer = whole().order(ByteOrder.LITTLE_ENDIAN);
        this.view = buffer.duplicate();
        this.address = region.address();
        this.lkey = region.lkey();
    }

    private ByteBuffer whole() {
        try {
            return region.buffer(0, Math.multiplyExact(stride, count));
        } catch (RuntimeException | Error e) {
            region.close();
            throw e;
        }
    }

    /** How many fragments. */
    public int count() {
        return count;
    }

    /** All of it, little-endian. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** All of it in native order, for those who may change limit and order: that lasts until the next one asks. */
    public ByteBuffer view() {
        return view.clear().order(ByteOrder.nativeOrder());
    }

    /** Where a fragment begins within {@link #buffer()}. */
    public int offset(int index) {
        return index * stride;
    }

    /** Where it begins for the device. */
    public long address(int index) {
        return address + (long) index * stride;
    }

    /** The key for the device. */
    public int lkey() {
        return lkey;
    }

    @Override
    public void close() {
        region.close();
    }
}
