package io.openib.verbs.soft;

/** Who sends to a reliable connection's target: a queue pair of this process, or one of another host. */
interface Requester {
    /** The arena of its process. */
    long arenaId();

    /** The queue pair's number. */
    int number();

    /** The packet sequence number that it started with; valid from RTS on. */
    int sqPsn();

    /** Its path MTU, as {@link io.openib.verbs.Mtu#code()}. */
    int pathMtuCode();

    /** How many reads and atomics it may have under way; 0 for none. */
    int maxRdAtomic();
}
