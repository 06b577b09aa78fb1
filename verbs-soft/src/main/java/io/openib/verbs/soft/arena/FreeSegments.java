package io.openib.verbs.soft.arena;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * Segments of their own that were given back, to be used again: peers that have mapped one keep its memory for as long as they
 * live, so giving it back to the system gives nothing back. Guarded by the arena.
 */
final class FreeSegments {
    /** What is kept beyond the last one. */
    static final long KEPT_MOST_BYTES = 1L << 28;

    private record Kept(int segment, int bytes) {}

    private final Deque<Kept> kept = new ArrayDeque<>();
    private long keptBytes;

    /** The smallest that has so many bytes and not more than twice as many; -1 when there is none. */
    int take(int bytes) {
        Kept best = null;
        for (Kept one : kept) {
            boolean fits = one.bytes >= bytes && one.bytes <= 2L * bytes;
            if (fits && (best == null || one.bytes < best.bytes)) {
                best = one;
            }
        }
        if (best == null) {
            return -1;
        }
        kept.remove(best);
        keptBytes -= best.bytes;
        return best.segment;
    }

    /** All that are kept, to be given back to the system. */
    List<Integer> takeAll() {
        List<Integer> all = kept.stream().map(Kept::segment).toList();
        kept.clear();
        keptBytes = 0;
        return all;
    }

    /** Keeps one; returns those that are too many now, the longest unused first. */
    List<Integer> put(int segment, int bytes) {
        kept.addLast(new Kept(segment, bytes));
        keptBytes += bytes;
        List<Integer> tooMany = new ArrayList<>();
        for (Iterator<Kept> oldest = kept.iterator(); keptBytes > KEPT_MOST_BYTES && kept.size() > 1; ) {
            Kept one = oldest.next();
            oldest.remove();
            keptBytes -= one.bytes;
            tooMany.add(one.segment);
        }
        return tooMany;
    }
}
