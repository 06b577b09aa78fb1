package io.openib.verbs.soft;

import io.openib.verbs.QpState;
import io.openib.verbs.soft.arena.ArenaLayout;

/**
 * What a queue pair shows in its owner's arena. Three lines, all written by the owner:
 *
 * <pre>
 *   0 word: epoch 32 | state 8 | number 24     written last, so that it tells whether the rest is valid
 *   8 peer's arena id                          16 peer's number   20 rq_psn   24 sq_psn   28 path MTU code
 *  32 access flags  36 min_rnr_timer  40 max_dest_rd_atomic  44 Q_Key  48 domain  52 type
 *  56 inbox of the receive completion queue for this peer
 *  64 receives posted ever   72 receive ring   80 its entries   84 bytes an entry   88 shared receive queue
 *  96 inbox directory for datagrams   104 receives posted ever when the queue was last emptied
 * 112 the owner vouches for receives from this position on   120 as long as its regions lost count as many as here
 * 124 that each of them has at least so many bytes
 * 128 operation sequence: odd while an operation of this queue pair touches another's memory
 * 136 fault: number of the fault 32 | reason 8, the last failure this side made its peer responsible for
 * </pre>
 */
final class QpContext {
    static final int BYTES = 4 * ArenaLayout.LINE_BYTES;

    static final int WORD = 0;
    static final int PEER_ARENA = 8;
    static final int PEER_NUMBER = 16;
    static final int RQ_PSN = 20;
    static final int SQ_PSN = 24;
    static final int PATH_MTU = 28;
    static final int ACCESS = 32;
    static final int MIN_RNR_TIMER = 36;
    static final int MAX_DEST_RD_ATOMIC = 40;
    static final int QKEY = 44;
    static final int DOMAIN = 48;
    static final int TYPE = 52;
    static final int INBOX = 56;
    static final int RQ_POSTED = 64;
    static final int RQ_RING = 72;
    static final int RQ_ENTRIES = 80;
    static final int RQ_ENTRY_BYTES = 84;
    static final int SRQ = 88;
    static final int UD_DIRECTORY = 96;
    static final int RQ_BASE = 104;
    static final int RQ_VOUCHED_FROM = 112;
    static final int RQ_VOUCHED_REGIONS = 120;
    static final int RQ_VOUCHED_BYTES = 124;
    static final int OPERATION = 128;
    static final int FAULT = 136;

    /** The peer asked for something that this queue pair does not do. */
    static final int FAULT_INVALID_REQUEST = 1;

    /** The peer asked for memory that it may not touch. */
    static final int FAULT_ACCESS = 2;

    /** This side could not place the message in the receive that was posted. */
    static final int FAULT_LENGTH = 3;

    /** The receive that was posted names memory that cannot be written. */
    static final int FAULT_PROTECTION = 4;

    private QpContext() {}

    @SuppressWarnings("EnumOrdinal") // verbs' number of the state
    static long word(int epoch, QpState state, int number) {
        return (long) epoch << 32 | (long) state.ordinal() << 24 | number;
    }

    /** By which a completion names a queue pair in one of its lives: epoch 8 | number 24. */
    static int tag(int epoch, int number) {
        return epoch << 24 | number;
    }

    /** The queue pair's number, whatever the life. */
    static int numberOf(int tag) {
        return tag & 0xffffff;
    }

    static int state(long word) {
        return (int) (word >>> 24) & 0xff;
    }

    static int number(long word) {
        return (int) word & 0xffffff;
    }

    static int epoch(long word) {
        return (int) (word >>> 32);
    }

    /** Whether a state takes messages: RTR, RTS or SQD. */
    static boolean isReceiving(long word) {
        int state = state(word);
        return state >= 2 && state <= 4;
    }
}
