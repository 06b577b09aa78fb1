package io.openib.wireup.rdmacm;

import java.util.HashMap;
import java.util.Map;

/**
 * Which requests of a peer have been seen: each of its incarnations has a generation of its own, in which attempts are numbered
 * upwards, whichever of its ports asks. So what somebody recorded and sends again, or comes late, is known for old. Control
 * thread only.
 */
final class SeenHellos {
    private final Map<Integer, Integer> lastByGeneration = new HashMap<>();

    /** Below zero: of an attempt before the last one seen of that process; zero: of that one; above: of a new one. */
    int age(Hello hello) {
        return age(hello.generation(), hello.attempt());
    }

    private int age(int generation, int attempt) {
        Integer last = lastByGeneration.get(generation);
        // Sixteen bits go round: what is less than half a round ahead is later.
        return last == null ? 1 : Integer.signum((short) (attempt - last));
    }

    void see(Hello hello) {
        lastByGeneration.put(hello.generation(), hello.attempt());
    }

    /** Who replies has given up all that it asked for before, though some of that may still be on its way. */
    void seeReply(Hello reply) {
        if (age(reply.generation(), reply.latest()) > 0) {
            lastByGeneration.put(reply.generation(), reply.latest());
        }
    }
}
