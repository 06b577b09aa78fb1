package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;

/**
 * A shared receive queue as a sender sees it. In the owner's arena:
 *
 * <pre>
 *   0 receives posted ever   8 limit   12 entries   16 ring   24 pool   32 bytes an entry   36 number        owner
 *  64 position to claim next                                                        claimed by compare-and-set
 * ring: one word a position: position 32 | index in the pool 16 | attach number of who claimed it 16
 * </pre>
 */
final class SharedReceives {
    static final int BYTES = 128;
    static final int POSTED = 0;
    static final int LIMIT = 8;
    static final int ENTRIES = 12;
    static final int RING = 16;
    static final int POOL = 24;
    static final int ENTRY_BYTES = 32;
    static final int NUMBER = 36;
    static final int NEXT = 64;

    /** No word of a ring. */
    static final long NONE = -1;

    private final SoftAdapter adapter;
    private final ArenaView arena;
    private final ByteBuffer shown;
    private final int offset;
    private final ByteBuffer ring;
    private final int ringOffset;
    private final int mask;
    private final ByteBuffer pool;
    private final int poolOffset;
    private final int entryBytes;
    private final int claimer;

    /** Of the receive that was found last. */
    private long position;

    SharedReceives(SoftAdapter adapter, ArenaView arena, long address) {
        this.adapter = adapter;
        this.arena = arena;
        this.shown = arena.memory(Address.segment(address));
        this.offset = Address.offset(address);
        long ringAddress = Words.getLongAcquire(shown, offset + RING);
        this.ring = arena.memory(Address.segment(ringAddress));
        this.ringOffset = Address.offset(ringAddress);
        this.mask = Words.getInt(shown, offset + ENTRIES) - 1;
        long poolAddress = Words.getLong(shown, offset + POOL);
        this.pool = arena.memory(Address.segment(poolAddress));
        this.poolOffset = Address.offset(poolAddress);
        this.entryBytes = Words.getInt(shown, offset + ENTRY_BYTES);
        this.claimer = PeerDirectory.attachNumber(arena);
    }

    static long word(long position, int index, int claimer) {
        return position << 32 | (long) index << 16 | claimer;
    }

    static int index(long word) {
        return (int) (word >>> 16) & 0xffff;
    }

    static int claimer(long word) {
        return (int) word & 0xffff;
    }

    ByteBuffer entries() {
        return pool;
    }

    int entryOffset(int index) {
        return poolOffset + index * entryBytes;
    }

    /**
     * Claims the oldest receive.
     *
     * @return its index, or -1 when none is posted
     */
    int claim() {
        long word;
        do {
            word = oldest();
        } while (word != NONE && !claim(word));
        return word == NONE ? -1 : index(word);
    }

    /**
     * Finds the oldest receive, for {@link #claim(long)}; what stands in its entry holds if it is claimed then.
     *
     * @return its word, or {@link #NONE} when none is posted
     */
    long oldest() {
        while (true) {
            position = Words.getLongAcquire(shown, offset + NEXT);
            long word = Words.getLongAcquire(ring, wordOffset());
            if (position >= Words.getLongAcquire(shown, offset + POSTED)) {
                return NONE;
            }
            if (word >>> 32 != (position & 0xffffffffL)) {
                continue; // another has claimed it and gone on meanwhile
            }
            if (claimer(word) == 0) {
                return word;
            }
            helpOn();
        }
    }

    /** Claims the receive that {@link #oldest} has found; false when another was quicker. */
    boolean claim(long word) {
        boolean isMine = Words.compareAndSetLong(ring, wordOffset(), word, word | claimer);
        if (isMine) {
            adapter.pass(FaultPoint.MARKED);
            helpOn();
            watchLimit();
        }
        return isMine;
    }

    private int wordOffset() {
        return ringOffset + ((int) position & mask) * Long.BYTES;
    }

    /** Whoever sees a claim helps the position on: its claimer may have died before it did. */
    private void helpOn() {
        Words.compareAndSetLong(shown, offset + NEXT, position, position + 1);
    }

    private void watchLimit() {
        int limit = Words.getIntAcquire(shown, offset + LIMIT);
        if (limit > 0 && Words.getLongAcquire(shown, offset + POSTED) - position - 1 < limit) {
            arena.ring(Doorbell.message(Doorbell.SRQ_LIMIT, Words.getInt(shown, offset + NUMBER)));
        }
    }
}
