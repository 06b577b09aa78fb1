package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.FragmentPool;
import io.openib.verbs.VerbsException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Peers for which the device gave no memory, while nobody holds any that could come back: what goes to them fails, and in the next round they are
 * told of, since no callback may run before. Each once until the device gives some, however often it is run into. Owner thread.
 */
final class Shortages {
    private final Map<Integer, VerbsException> due = new LinkedHashMap<>();
    private final Map<FragmentPool, Shortage> shortages = new HashMap<>();

    /**
     * Of one pool.
     *
     * @param refusal what the device said at first
     * @param told the peers that were told of
     */
    private record Shortage(VerbsException refusal, Set<Integer> told) {}

    /** {@code refusal} is the same as long as the pool has nothing. */
    void add(FragmentPool pool, int peer, VerbsException refusal) {
        Shortage shortage = shortages.get(pool);
        if (shortage == null || shortage.refusal != refusal) {
            shortage = new Shortage(refusal, new HashSet<>());
            shortages.put(pool, shortage);
        }
        if (shortage.told.add(peer)) {
            due.put(peer, refusal);
        }
    }

    boolean isEmpty() {
        return due.isEmpty();
    }

    void drainTo(LaneListener listener) {
        Map<Integer, VerbsException> drained = new LinkedHashMap<>(due);
        due.clear();
        drained.forEach(listener::onStarved);
    }
}
