package io.openib.verbs.soft.arena;

import java.nio.ByteBuffer;

/**
 * A table of fixed-size entries that grows by chunks: its root of {@value #CHUNKS} pointers lies in segment 0. The owner
 * adds chunks, peers only look.
 */
public final class Table {
    static final int CHUNKS = 256;
    private static final int CHUNK_ENTRIES = 256;
    static final int ROOT_BYTES = CHUNKS * Long.BYTES;

    /** The most entries a table can have. */
    public static final int CAPACITY = CHUNKS * CHUNK_ENTRIES;

    private Table() {}

    /**
     * Where an entry lies.
     *
     * @return 0 when there is no such entry (yet)
     */
    public static long entry(ArenaView arena, int rootOffset, int entryBytes, int index) {
        if (index < 0 || index >= CAPACITY) {
            return 0;
        }
        ByteBuffer root = arena.segment(0);
        if (root == null) {
            return 0;
        }
        long chunk = Words.getLongAcquire(root, rootOffset + (index >>> 8) * Long.BYTES);
        return chunk == 0 ? 0 : chunk + (long) (index & CHUNK_ENTRIES - 1) * entryBytes;
    }

    /** Makes sure that the chunk of an entry exists, and gives the entry. Called by the owner, under a lock of its own. */
    public static long ensure(OwnArena arena, int rootOffset, int entryBytes, int index) {
        long present = entry(arena, rootOffset, entryBytes, index);
        if (present != 0) {
            return present;
        }
        long chunk = arena.allocate(CHUNK_ENTRIES * entryBytes, 4096);
        Words.putLongRelease(arena.memory(0), rootOffset + (index >>> 8) * Long.BYTES, chunk);
        return entry(arena, rootOffset, entryBytes, index);
    }
}
