package io.openib.btl.openib;

import io.openib.btl.openib.fastpath.Lane;
import io.openib.wireup.QueuePairSet;
import java.util.IdentityHashMap;
import java.util.Optional;

/** Which lane is made of which queue pair set. Of the control thread. */
final class LaneSets {
    private final IdentityHashMap<QueuePairSet, Lane> lanes = new IdentityHashMap<>();
    private final IdentityHashMap<Lane, QueuePairSet> sets = new IdentityHashMap<>();

    void add(QueuePairSet set, Lane lane) {
        lanes.put(set, lane);
        sets.put(lane, set);
    }

    Optional<Lane> lane(QueuePairSet set) {
        return Optional.ofNullable(lanes.get(set));
    }

    Optional<QueuePairSet> set(Lane lane) {
        return Optional.ofNullable(sets.get(lane));
    }

    void remove(Lane lane) {
        QueuePairSet set = sets.remove(lane);
        if (set != null) {
            lanes.remove(set);
        }
    }
}
