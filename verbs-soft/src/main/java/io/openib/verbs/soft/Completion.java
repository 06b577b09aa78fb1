package io.openib.verbs.soft;

import io.openib.verbs.WcOpcode;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;

/**
 * A completion as it travels from the process that caused it to the owner of the completion queue: a cache line in a ring
 * of the producer's, or up to three with a message.
 *
 * <pre>
 *  0 sequence: position + 1     written last
 *  8 status 8 | kind 8 | flags 8 | opcode 8 | receiving queue pair: epoch 8, number 24
 * 16 immediate 32 | message length 32
 * 24 bytes carried here 32 | claimed receive of a shared queue, or the sender of a datagram 32
 * 32 the message itself, when it is short; or where it lies (datagrams), or where the ring goes on
 * </pre>
 *
 * A message without an immediate, into a receive of the queue pair's own, takes less to tell:
 *
 * <pre>
 *  8 message length 8 | kind 8 | 0 8 | opcode 8 | receiving queue pair: epoch 8, number 24
 * 16 the message; what is more goes on in the next lines, each from 8 on
 * </pre>
 *
 * Words of eight bytes, the upper half named first. The first words of lines that a message goes on in stay what they are,
 * and nobody takes them for a sequence.
 */
final class Completion {
    static final int BYTES = 64;
    static final int SEQUENCE = 0;
    private static final int ROUTE = 8;
    private static final int SIZE = 16;
    private static final int DETAIL = 24;
    static final int PAYLOAD = 32;

    /** Messages up to this travel in the line of a completion of any kind. */
    static final int MAX_CARRIED = BYTES - PAYLOAD;

    /** Where the message of a {@link #KIND_SHORT} begins, and where it goes on in a further line. */
    private static final int SHORT = 16;

    private static final int FURTHER = SEQUENCE + Long.BYTES;
    private static final int IN_LINE = BYTES - SHORT;
    private static final int IN_FURTHER_LINE = BYTES - FURTHER;

    /** Messages up to this travel in three lines at most, the completion's own and further ones. */
    static final int MAX_SHORT = IN_LINE + 2 * IN_FURTHER_LINE;

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

    /** A receive of a reliable connection has completed with a message that is all in the ring. */
    static final int KIND_SHORT = 5;

    /** All of a route but kind and status, or length. */
    private static final long PLAIN_ROUTE = 0x0000_ffff_ffff_ffffL;

    private Completion() {}

    /** What a completion says of itself; a failure's status is 0 for none. */
    static int what(int opcode, int flags, int kind, int status) {
        return opcode | flags << 8 | kind << 16 | status << 24;
    }

    /** Writes all but the sequence and the message. */
    static void fill(ByteBuffer memory, int at, int tag, int what, int length, int immediate, int detail, int carried) {
        Words.putLong(memory, at + ROUTE, Words.join(what, tag));
        Words.putLong(memory, at + SIZE, Words.join(immediate, length));
        Words.putLong(memory, at + DETAIL, Words.join(carried, detail));
    }

    /** The second word of a {@link #KIND_SHORT} to a queue pair; the first without a length in it. */
    static long shortRoute(int tag) {
        return Words.join(what(WcOpcode.RECV, 0, KIND_SHORT, 0), tag);
    }

    /** Writes the second word, and as much of the message as the line has room for. */
    static void putShort(LongBuffer words, int at, long shortRoute, ByteBuffer message, int offset, int length) {
        words.put((at + ROUTE) >> 3, shortRoute | (long) length << 56);
        ShortMessages.put(message, offset, words, (at + SHORT) >> 3, Math.min(length, IN_LINE));
    }

    /** The same of a message of eight bytes and what follows them. */
    static void putShort(
            LongBuffer words, int at, long shortRoute, long head, ByteBuffer data, int offset, int dataLength) {
        words.put((at + ROUTE) >> 3, shortRoute | (long) (Long.BYTES + dataLength) << 56);
        words.put((at + SHORT) >> 3, head);
        int first = Math.min(dataLength, IN_LINE - Long.BYTES);
        ShortMessages.put(data, offset, words, (at + SHORT + Long.BYTES) >> 3, first);
    }

    /** Puts what the line has of a message into a memory. */
    static void getShort(LongBuffer words, int at, ByteBuffer to, int toOffset, int length) {
        ShortMessages.get(words, (at + SHORT) >> 3, to, toOffset, Math.min(length, IN_LINE));
    }

    /** The lines of a {@link #KIND_SHORT} of so many bytes. */
    static int lines(int length) {
        return length <= IN_LINE ? 1 : length <= IN_LINE + IN_FURTHER_LINE ? 2 : 3;
    }

    /** How many bytes of its message come before its further line of this number, from 1. */
    static int bytesBefore(int line) {
        return IN_LINE + (line - 1) * IN_FURTHER_LINE;
    }

    /** How many of a message's bytes are in its further line of this number. */
    static int bytesIn(int line, int length) {
        return Math.min(length - bytesBefore(line), IN_FURTHER_LINE);
    }

    /** Where in a further line the message goes on. */
    static int further(int at) {
        return at + FURTHER;
    }

    /** The length of a {@link #KIND_SHORT}. */
    static int shortLength(long route) {
        return (int) (route >>> 56);
    }

    /** What else it says of itself, as a receive's completion. */
    static long plainRoute(long shortRoute) {
        return shortRoute & PLAIN_ROUTE;
    }

    /** Receiving queue pair and what the completion says of itself, for the methods below. */
    static long route(LongBuffer words, int at) {
        return words.get((at + ROUTE) >> 3);
    }

    /** The receiving queue pair, see {@link QpContext#tag}. */
    static int tag(long route) {
        return (int) route;
    }

    static int opcode(long route) {
        return (int) (route >>> 32) & 0xff;
    }

    static int flags(long route) {
        return (int) (route >>> 40) & 0xff;
    }

    static int kind(long route) {
        return (int) (route >>> 48) & 0xff;
    }

    static int status(long route) {
        return (int) (route >>> 56);
    }

    /** Length and immediate, for the methods below. */
    static long size(LongBuffer words, int at) {
        return words.get((at + SIZE) >> 3);
    }

    static int length(long size) {
        return (int) size;
    }

    static int immediate(long size) {
        return (int) (size >>> 32);
    }

    /** Detail and how much is carried, for the methods below. */
    static long detail(LongBuffer words, int at) {
        return words.get((at + DETAIL) >> 3);
    }

    /** The claimed receive of a shared queue, or the sender of a datagram. */
    static int index(long detail) {
        return (int) detail;
    }

    static int carried(long detail) {
        return (int) (detail >>> 32);
    }
}
