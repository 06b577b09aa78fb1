package io.openib.wireup.rdmacm;

import java.util.HashSet;
import java.util.Set;

/**
 * Which requests of a peer have been seen: within a generation the attempts are numbered upwards, and a generation that was
 * followed by another one does not come back. So what somebody recorded and sends again is known for old. Control thread only.
 */
final class SeenHellos {
    private static final int NONE = -1;

    private final Set<Integer> formerGenerations = new HashSet<>();
    private int generation = NONE;
    private int attempt;

    /** Below zero: of an attempt before the last one seen; zero: of that one; above: of a new one. */
    int age(Hello hello) {
        if (hello.generation() != generation) {
            return formerGenerations.contains(hello.generation()) ? -1 : 1;
        }
        // Sixteen bits go round: what is less than half a round ahead is later.
        return Integer.signum((short) (hello.attempt() - attempt));
    }

    void see(Hello hello) {
        if (generation != NONE && generation != hello.generation()) {
            formerGenerations.add(generation);
        }
        generation = hello.generation();
        attempt = hello.attempt();
    }
}
