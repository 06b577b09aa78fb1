package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaLayout;

/**
 * Where one producing process and the owner of a completion queue meet, in the owner's arena.
 *
 * <pre>
 *   0 producer's arena id   8 position consumed up to   16 queue (see {@link Armed})   24 its use, never twice    owner
 *  64 ring, in the producer's arena    72 its entries                                                       producer
 * </pre>
 */
final class Inbox {
    static final int BYTES = 2 * ArenaLayout.LINE_BYTES;
    static final int PRODUCER = 0;
    static final int CONSUMED = 8;
    static final int QUEUE = 16;
    static final int USE = 24;
    static final int RING = 64;
    static final int RING_ENTRIES = 72;

    /** A directory of inboxes that any sender of datagrams may claim: a count, then the inboxes from byte 64. */
    static final int DIRECTORY_INBOXES = 256;

    static final int DIRECTORY_COUNT = 0;
    static final int DIRECTORY_FIRST = 64;
    static final int DIRECTORY_BYTES = DIRECTORY_FIRST + DIRECTORY_INBOXES * BYTES;

    private Inbox() {}

    /**
     * What a completion queue shows to producers, in a line of its own.
     *
     * <pre>
     *  0 armed: 0 no, 1 for any completion, 2 for solicited ones   4 whether it has a channel   8 entries   12 number
     * </pre>
     */
    static final class Armed {
        static final int BYTES = ArenaLayout.LINE_BYTES;
        static final int ARMED = 0;
        static final int HAS_CHANNEL = 4;
        static final int ENTRIES = 8;
        static final int NUMBER = 12;
        static final int ANY = 1;
        static final int SOLICITED = 2;

        private Armed() {}
    }
}
