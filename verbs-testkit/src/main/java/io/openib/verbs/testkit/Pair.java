package io.openib.verbs.testkit;

/**
 * Two ends, usually of one connection.
 *
 * @param near in the process of the test
 * @param far at the peer
 */
public record Pair(End near, End far) {
    /** Connects both ways. */
    Pair connected() {
        return connected(near.towards(far), far.towards(near));
    }

    /** Connects by these wirings. */
    Pair connected(Wiring nearWiring, Wiring farWiring) {
        far.connect(farWiring);
        near.connect(nearWiring);
        return this;
    }

    /** Brings a UD pair to RTS. */
    Pair ready() {
        far.connect(Wiring.none().sqPsn(far.psn()));
        near.connect(Wiring.none().sqPsn(near.psn()));
        return this;
    }
}
