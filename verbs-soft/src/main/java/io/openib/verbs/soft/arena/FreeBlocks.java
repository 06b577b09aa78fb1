package io.openib.verbs.soft.arena;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** Blocks that were given back, by size: powers of two. Guarded by the arena. */
final class FreeBlocks {
    /** Longer allocations have a segment of their own. */
    static final int MAX_SHARED_BYTES = 1 << 22;

    private final Map<Integer, ArrayDeque<Long>> bySize = new HashMap<>();

    static int roundUp(int bytes) {
        return Math.max(ArenaLayout.LINE_BYTES, Integer.highestOneBit(bytes - 1) << 1);
    }

    void put(int size, long address) {
        bySize.computeIfAbsent(size, any -> new ArrayDeque<>()).push(address);
    }

    /** A block of exactly this size; 0 when there is none. */
    long take(int size) {
        ArrayDeque<Long> blocks = bySize.get(size);
        return blocks == null || blocks.isEmpty() ? 0 : blocks.pop();
    }
}
