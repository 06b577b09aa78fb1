package io.openib.verbs.soft.arena;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** An arena as this process sees it: its own, a peer's that it has mapped, or what a peer that has gone had lent to it. */
public abstract sealed class ArenaView permits OwnArena, PeerArena, DepartedArena {
    private final long id;
    private volatile boolean isKnownDead;
    private volatile @Nullable ByteBuffer[] segments = new ByteBuffer[8];

    ArenaView(long id) {
        this.id = id;
    }

    /** Fifty-six bits that name it for ever. */
    public final long id() {
        return id;
    }

    /**
     * The memory of a segment.
     *
     * @return null when there is none: it was never made, or its file is gone
     */
    public final @Nullable ByteBuffer segment(int index) {
        @Nullable ByteBuffer[] mapped = segments;
        if (index >= 0 && index < mapped.length) {
            ByteBuffer memory = mapped[index];
            if (memory != null) {
                return memory;
            }
        }
        return load(index);
    }

    /**
     * The memory of a segment that is known to be there.
     *
     * @throws SegmentGoneException when it is not
     */
    public final ByteBuffer memory(int index) {
        ByteBuffer memory = segment(index);
        if (memory == null) {
            throw new SegmentGoneException("segment " + index + " of arena " + Long.toHexString(id) + " is gone");
        }
        return memory;
    }

    /** Maps a segment that has not been looked at yet. */
    abstract @Nullable ByteBuffer load(int index);

    /** Whether the memory of a segment cannot come any more: neither its file is there nor one that was lent. Asks the system. */
    public abstract boolean isLost(int index);

    /** Whether the process it belongs to lives. Asks the system: not for the hot path. */
    public abstract boolean isAlive();

    /** Whether its process is known to have died. A field, for the hot path: it follows the death by a moment. */
    public final boolean isKnownDead() {
        return isKnownDead;
    }

    final void learnDeath() {
        isKnownDead = true;
    }

    /** Rings the owner's doorbell. Cold; a peer that does not answer is none of the caller's business. */
    public abstract void ring(long message);

    /** Bytes that are mapped. */
    final long mappedBytes() {
        long bytes = 0;
        for (ByteBuffer memory : segments) {
            bytes += memory == null ? 0 : memory.capacity();
        }
        return bytes;
    }

    /**
     * Lets go of segments that had been an allocation's own; what uses one just now still has it.
     *
     * @param isSure asked after all have been looked at
     */
    final synchronized void drop(IntPredicate isGone, BooleanSupplier isSure) {
        @Nullable ByteBuffer[] left = segments.clone();
        for (int i = 1; i < left.length; i++) {
            ByteBuffer memory = left[i];
            if (memory != null && memory.capacity() > FreeBlocks.MAX_SHARED_BYTES && isGone.test(i)) {
                left[i] = null;
            }
        }
        if (isSure.getAsBoolean()) {
            segments = left;
        }
    }

    final synchronized void keep(int index, @Nullable ByteBuffer memory) {
        @Nullable ByteBuffer[] mapped = segments;
        if (index >= mapped.length) {
            mapped = java.util.Arrays.copyOf(mapped, Integer.highestOneBit(index) * 2);
        } else {
            mapped = mapped.clone();
        }
        mapped[index] = memory;
        segments = mapped;
    }
}
