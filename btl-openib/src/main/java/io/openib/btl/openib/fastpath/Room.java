package io.openib.btl.openib.fastpath;

/**
 * What was refused for want of room, as bits: each kind of call meets bounds of its own. Where calls wait within a bound there is room again when half of
 * it is free, so that there are fewer notices than calls; where they go at once or not at all, as soon as one of them can.
 */
public final class Room {
    /** Active messages that may wait. */
    public static final int SENDS = 1;
    /** Puts and gets. */
    public static final int TRANSFERS = 1 << 1;
    /** Atomics. */
    public static final int ATOMICS = 1 << 2;
    /** Calls of other threads, of whatever kind; of these no outbox knows. */
    public static final int HANDED = 1 << 3;

    private static final int FIRST_IMMEDIATE = 1 << 4;

    private Room() {}

    /** Active messages that may not wait, of one of the receive queues. */
    static int immediate(int queue) {
        return FIRST_IMMEDIATE << queue;
    }
}
