package io.openib.wireup.rdmacm;

import java.util.HashMap;
import java.util.Map;

/**
 * Which requests of a peer have been seen: each of its modules, of which it may have one a port, has a generation of its own, in
 * which attempts are numbered upwards. So what somebody recorded and sends again is known for old. Control thread only.
 */
final class SeenHellos {
    private final Map<Integer, Integer> lastByGeneration = new HashMap<>();

    /** Below zero: of an attempt before the last one seen of that module; zero: of that one; above: of a new one. */
    int age(Hello hello) {
        Integer last = lastByGeneration.get(hello.generation());
        // Sixteen bits go round: what is less than half a round ahead is later.
        return last == null ? 1 : Integer.signum((short) (hello.attempt() - last));
    }

    void see(Hello hello) {
        lastByGeneration.put(hello.generation(), hello.attempt());
    }
}
