package io.openib.btl.openib.memory;

import io.openib.verbs.ProtectionDomain;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Fragments of one size, numbered from 0, which grow slab by slab up to a bound, and are {@linkplain FairShare shared fairly}. Owned
 * by one thread. Taking and giving back allocate nothing except when it grows.
 */
public final class FragmentPool implements AutoCloseable {
    /** No fragment. */
    public static final int NONE = -1;

    private final ProtectionDomain pd;
    private final int fragmentBytes;
    private final int alignment;
    private final int slabCount;
    private final int slabShift;
    private final int max;
    private Slab[] slabs = new Slab[0];
    private int[] free = new int[0];
    private int freeCount;

    /**
     * Allocates nothing yet.
     *
     * @param increment fragments of a slab, rounded up to a power of two
     * @param max fragments altogether, rounded up to whole slabs; more only for holders that have none
     */
    public FragmentPool(ProtectionDomain pd, int fragmentBytes, int alignment, int increment, int max) {
        this.pd = pd;
        this.fragmentBytes = fragmentBytes;
        this.alignment = alignment;
        this.slabCount = Integer.highestOneBit(Math.max(1, increment) * 2 - 1);
        this.slabShift = Integer.numberOfTrailingZeros(slabCount);
        this.max = (max + slabCount - 1) / slabCount * slabCount;
    }

    /**
     * Takes a fragment.
     *
     * @param held fragments that the holder has already
     * @return {@link #NONE} when it has its share
     * @throws io.openib.verbs.VerbsException when it must grow and the device has no memory left
     */
    public int take(int held) {
        if (!hasRoom(held)) {
            return NONE;
        }
        if (freeCount == 0) {
            grow();
        }
        return free[--freeCount];
    }

    /** Whether a holder of so many may have one more, as far as there is memory. */
    public boolean hasRoom(int held) {
        int taken = slabs.length * slabCount - freeCount;
        return FairShare.allows(held, max - taken);
    }

    /** Gives one back. */
    public void giveBack(int fragment) {
        free[freeCount++] = fragment;
    }

    /** The memory that a fragment lies in, little-endian. */
    public ByteBuffer buffer(int fragment) {
        return slabs[fragment >>> slabShift].buffer();
    }

    /** Where it begins in there. */
    public int offset(int fragment) {
        return slabs[fragment >>> slabShift].offset(fragment & (slabCount - 1));
    }

    /** Where it begins for the device. */
    public long address(int fragment) {
        return slabs[fragment >>> slabShift].address(fragment & (slabCount - 1));
    }

    /** Its key for the device. */
    public int lkey(int fragment) {
        return slabs[fragment >>> slabShift].lkey();
    }

    private void grow() {
        Slab slab = new Slab(pd, slabCount, fragmentBytes, alignment);
        int first = slabs.length * slabCount;
        slabs = Arrays.copyOf(slabs, slabs.length + 1);
        slabs[slabs.length - 1] = slab;
        free = Arrays.copyOf(free, slabs.length * slabCount);
        for (int i = slabCount - 1; i >= 0; i--) {
            free[freeCount++] = first + i;
        }
    }

    /** Releases the memory; no request may name it any more. */
    @Override
    public void close() {
        for (Slab slab : slabs) {
            slab.close();
        }
        slabs = new Slab[0];
        freeCount = 0;
    }
}
