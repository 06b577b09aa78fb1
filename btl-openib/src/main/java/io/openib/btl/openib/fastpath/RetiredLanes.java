package io.openib.btl.openib.fastpath;

import java.util.Arrays;

/** Lanes that are out of use and not drained yet. Owner thread. */
final class RetiredLanes {
    private final LastReceives lastReceives = new LastReceives();
    private Lane[] lanes = new Lane[0];

    boolean isEmpty() {
        return lanes.length == 0;
    }

    void add(Lane lane) {
        lanes = Arrays.copyOf(lanes, lanes.length + 1);
        lanes[lanes.length - 1] = lane;
    }

    /** The device takes no further shared receive for a queue pair of a lane, retired or not. */
    void lastReceiveTaken(Lane lane, int qpNumber) {
        lastReceives.taken(lane, qpNumber);
    }

    /** Lets go of those that are drained, or whose deadline is past; {@code isQuiet} says that the round received nothing. */
    void sweep(FastPath path, boolean isQuiet) {
        long now = System.nanoTime();
        for (Lane lane : lanes.clone()) {
            boolean isDrained = lane.isEmpty() && isQuiet && lastReceives.areTaken(lane, now);
            if (isDrained || lane.isDrainOverdue(now)) {
                lanes = Arrays.stream(lanes).filter(other -> other != lane).toArray(Lane[]::new);
                path.drained(lane);
            }
        }
    }
}
