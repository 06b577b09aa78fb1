package io.openib.wireup.rdmacm;

import io.openib.wireup.PeerName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The numbers of this process's requests: upwards for each peer whichever port asks, so that the peer knows a late one of one
 * port from a newer one of another. Safe for every thread.
 */
final class AttemptNumbers {
    private static final int BOUND = 1 << 16;

    private final int generation = ThreadLocalRandom.current().nextInt(BOUND);
    private final Map<PeerName, Integer> last = new ConcurrentHashMap<>();

    /** This process's incarnation, 16 bits. */
    int generation() {
        return generation;
    }

    /** A number for a request, 16 bits. */
    int next(PeerName peer) {
        return last.merge(peer, 1, (before, one) -> (before + one) % BOUND);
    }

    /** A number so far before the last one that its attempt is over, and none that comes is taken for an earlier one. */
    int longGivenUp(PeerName peer) {
        return Math.floorMod(last.getOrDefault(peer, 0) - BOUND / 4, BOUND);
    }
}
