package io.openib.btl.openib.fastpath;

import java.util.LinkedHashMap;
import java.util.Map;

/** Lanes on which a request cannot be made, and why, until the next round tells of them. */
final class Refusals {
    private final Map<Lane, String> reasons = new LinkedHashMap<>();

    void add(Lane lane, String why) {
        if (!lane.isFailed()) {
            reasons.putIfAbsent(lane, why);
        }
    }

    boolean isEmpty() {
        return reasons.isEmpty();
    }

    void drainTo(FastPath path) {
        Map<Lane, String> drained = new LinkedHashMap<>(reasons);
        reasons.clear();
        drained.forEach(path::report);
    }
}
