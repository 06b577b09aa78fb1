package io.openib.verbs.soft;

/**
 * A completion as it travels from the process that caused it to the owner of the completion queue: one cache line in a
 * ring of the producer's.
 *
 * <pre>
 *  0 sequence: position + 1     written last
 *  8 receiving queue pair: epoch 8 | number 24   12 opcode 8 | flags 8 | kind 8   16 message length   20 immediate
 * 24 claimed receive of a shared queue, or the sender of a datagram
 * 28 bytes carried here
 * 32 the message itself, when it is short; or where it lies (datagrams), or where the ring goes on
 * </pre>
 */
final class Completion {
    static final int BYTES = 64;
    static final int SEQUENCE = 0;
    static final int QP_TAG = 8;
    static final int KIND = 12;
    static final int LENGTH = 16;
    static final int IMMEDIATE = 20;
    static final int DETAIL = 24;
    static final int CARRIED = 28;
    static final int PAYLOAD = 32;

    /** Messages up to this travel with their completion. */
    static final int MAX_CARRIED = BYTES - PAYLOAD;

    /** A receive of a reliable connection has completed. */
    static final int KIND_RECEIVE = 0;

    /** A datagram has come; PAYLOAD says where it lies, PAYLOAD + 8 how many receives were posted when it came. */
    static final int KIND_DATAGRAM = 1;

    /** The ring goes on elsewhere: PAYLOAD says where, PAYLOAD + 8 how many entries it has. */
    static final int KIND_LINK = 2;

    /** There was no room for more completions than the queue holds. */
    static final int KIND_OVERRUN = 3;

    /** A message that came before in this ring has come once more. */
    static final int KIND_REPEATED = 4;

    private Completion() {}

    static int kind(int opcode, int flags, int kind) {
        return opcode | flags << 8 | kind << 16;
    }
}
