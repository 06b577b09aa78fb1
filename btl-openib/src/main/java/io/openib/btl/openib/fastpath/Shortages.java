package io.openib.btl.openib.fastpath;

import io.openib.verbs.VerbsException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Peers for which the device gave no memory, while nobody holds any that could come back: what goes to them fails, and in the next round they are
 * told of, since no callback may run before. Once for each refusal of the device, however often it is run into. Owner thread.
 */
final class Shortages {
    private final Map<Integer, VerbsException> due = new LinkedHashMap<>();
    private final Map<Integer, VerbsException> told = new HashMap<>();

    void add(int peer, VerbsException shortage) {
        if (told.put(peer, shortage) != shortage) {
            due.put(peer, shortage);
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
