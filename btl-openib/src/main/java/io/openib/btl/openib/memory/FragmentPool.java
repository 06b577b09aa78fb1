package io.openib.btl.openib.memory;

import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fragments of one size, numbered from 0, which grow slab by slab up to a bound, and are {@linkplain FairShare shared fairly}. Owned
 * by one thread. Taking and giving back allocate nothing except when it grows.
 *
 * <p>A device that refuses a slab is asked for half of it, and so on. Once it has refused a single fragment it is left alone for a while, since
 * whoever is refused tries again at once.
 */
public final class FragmentPool implements AutoCloseable {
    /** No fragment. */
    public static final int NONE = -1;

    /** A refused device is asked again after so long. */
    static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final ProtectionDomain pd;
    private final int fragmentBytes;
    private final int alignment;
    private final int slabCount;
    private final int slabShift;
    private final int max;
    private Slab[] slabs = new Slab[0];
    private int[] free = new int[0];
    private int freeCount;
    /** Fragments of all slabs. */
    private int total;
    /** Of the next slab. */
    private int nextCount;
    /** Why the device has given no slab since it gave the last one, as it said at first; null if it was not asked since. */
    private @Nullable VerbsException shortage;

    private long askAgainNs;

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
        this.slabCount = slabCount(increment);
        this.nextCount = slabCount;
        this.slabShift = Integer.numberOfTrailingZeros(slabCount);
        this.max = (max + slabCount - 1) / slabCount * slabCount;
    }

    private static int slabCount(int increment) {
        return Integer.highestOneBit(Math.max(1, increment) * 2 - 1);
    }

    /** Bytes of a whole slab of a pool that is made so. */
    public static long slabBytes(int fragmentBytes, int alignment, int increment) {
        return (fragmentBytes + alignment - 1L & -alignment) * slabCount(increment);
    }

    /**
     * Takes a fragment.
     *
     * @param held fragments that the holder has already
     * @return {@link #NONE} when it has its share, or when all are taken and the device refused more a moment ago
     * @throws VerbsException when it must grow and the device has no memory left, or had none a moment ago and there is {@linkplain
     *     #isStarved() nothing at all}; the same one until it has
     */
    public int take(int held) {
        if (!FairShare.allows(held, left()) || (freeCount == 0 && !grow())) {
            return NONE;
        }
        return free[--freeCount];
    }

    /** Whether a holder of so many may have one more, as far as is known. */
    public boolean hasRoom(int held) {
        return FairShare.allows(held, left()) && (freeCount > 0 || !isPausing());
    }

    private int left() {
        return max - total + freeCount;
    }

    /** Whether the device has refused all that it was asked for: nobody holds one to give back. */
    public boolean isStarved() {
        return shortage != null && total == 0;
    }

    /** Whether the device refused a moment ago. */
    private boolean isPausing() {
        return shortage != null && System.nanoTime() - askAgainNs < 0;
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

    private boolean grow() {
        VerbsException known = shortage;
        if (known != null && isPausing()) {
            if (total == 0) {
                throw known;
            }
            return false;
        }
        int wanted = nextCount;
        add(newSlab());
        nextCount = nextCount == wanted ? Math.min(slabCount, 2 * wanted) : nextCount;
        return true;
    }

    private Slab newSlab() {
        while (true) {
            try {
                Slab slab = new Slab(pd, nextCount, fragmentBytes, alignment);
                shortage = null;
                return slab;
            } catch (VerbsException e) {
                if (nextCount == 1) {
                    VerbsException first = shortage == null ? e : shortage;
                    shortage = first;
                    askAgainNs = System.nanoTime() + PAUSE_NS;
                    throw first;
                }
                nextCount /= 2;
            }
        }
    }

    /** The numbers of a slab begin at a multiple of the longest one's length, so that a shift finds it. */
    private void add(Slab slab) {
        int first = slabs.length * slabCount;
        slabs = Arrays.copyOf(slabs, slabs.length + 1);
        slabs[slabs.length - 1] = slab;
        total += slab.count();
        free = Arrays.copyOf(free, total);
        for (int i = slab.count() - 1; i >= 0; i--) {
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
        total = 0;
    }
}
