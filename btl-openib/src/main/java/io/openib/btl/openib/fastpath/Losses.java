package io.openib.btl.openib.fastpath;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Lanes that somebody else found to be over. What the peer sent before that may still wait to be polled, its goodbye among it, so
 * a loss counts when a round has received nothing, or after some rounds.
 */
final class Losses {
    /** So many rounds a loss waits for those that receive nothing. */
    static final int MOST_ROUNDS = 64;

    private final Map<Lane, String> reasons = new LinkedHashMap<>();
    private final Set<Lane> unexplained = new HashSet<>();
    private int rounds;

    void add(Lane lane, String why) {
        if (!lane.isFailed() && (unexplained.remove(lane) || !reasons.containsKey(lane))) {
            reasons.put(lane, why);
        }
    }

    /** It is over, and this is what came of it: any other reason is better. */
    void addSymptom(Lane lane, String what) {
        if (!lane.isFailed() && !reasons.containsKey(lane)) {
            reasons.put(lane, what);
            unexplained.add(lane);
        }
    }

    boolean isEmpty() {
        return reasons.isEmpty();
    }

    /** After a round; {@code isQuiet} says that it received nothing. */
    void settle(FastPath path, boolean isQuiet) {
        rounds++;
        if (isQuiet || rounds > MOST_ROUNDS) {
            rounds = 0;
            Map<Lane, String> due = new LinkedHashMap<>(reasons);
            reasons.clear();
            unexplained.clear();
            due.forEach(path::report);
        }
    }
}
