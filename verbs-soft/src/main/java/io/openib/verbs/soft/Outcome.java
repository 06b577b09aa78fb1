package io.openib.verbs.soft;

/** What an attempt of a send came to, where that is no status of a completion: none is positive, as those are. */
final class Outcome {
    /** It got no answer: it is made again after a while. */
    static final int UNANSWERED = -1;

    /** The receiver was not ready: it is tried again when the receiver's timer is over. */
    static final int NOT_READY = -2;

    /** The injector holds the operation back. */
    static final int HELD_BACK = -3;

    /** The wire carries the operation. */
    static final int ON_THE_WIRE = -4;

    /** The injector has the packet sent twice. */
    static final int TWICE = -5;

    private Outcome() {}
}
