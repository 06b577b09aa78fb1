package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;

/**
 * A completion as it travels from the process that caused it to the owner of the completion queue: one cache line in a
 * ring of the producer's.
 *
 * <pre>
 *  0 sequence: position + 1     written last
 *  8 status 8 | kind 8 | flags 8 | opcode 8 | receiving queue pair: epoch 8, number 24
 * 16 immediate 32 | message length 32
 * 24 bytes carried here 32 | claimed receive of a shared queue, or the sender of a datagram 32
 * 32 the message itself, when it is short; or where it lies (datagrams), or where the ring goes on
 * </pre>
 *
 * Words of eight bytes, the upper half named first: a poller reads four and has all. A message that is longer than the line
 * has room for goes on in the next lines, whose first words stay what they are: nobody takes them for a sequence.
 */
final class Completion {
    static final int BYTES = 64;
    static final int SEQUENCE = 0;
    private static final int ROUTE = 8;
    private static final int SIZE = 16;
    private static final int DETAIL = 24;
    static final int PAYLOAD = 32;

    /** Messages up to this travel in their completion's own line. */
    static final int IN_LINE = BYTES - PAYLOAD;

    /** Where a message goes on in a further line, and how much of it such a line holds. */
    private static final int CONTINUED = SEQUENCE + Long.BYTES;

    private static final int IN_FURTHER_LINE = BYTES - CONTINUED;

    /** Messages up to this may travel with their completion: three lines. */
    static final int MAX_CARRIED = IN_LINE + 2 * IN_FURTHER_LINE;

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

    /** The index of a receive that is no shared one. */
    private static final int NO_INDEX = -1;

    private Completion() {}

    /** What a completion says of itself; a failure's status is 0 for none. */
    static int what(int opcode, int flags, int kind, int status) {
        return opcode | flags << 8 | kind << 16 | status << 24;
    }

    /** Writes all but the sequence and the message. */
    static void fill(ByteBuffer memory, int at, int tag, int what, int length, int immediate, int detail, int carried) {
        Words.putLong(memory, at + ROUTE, word(what, tag));
        Words.putLong(memory, at + SIZE, word(immediate, length));
        Words.putLong(memory, at + DETAIL, word(carried, detail));
    }

    /**
     * Writes all but the sequence of a receive that the message travels with, see {@link #route}, and as much of the message
     * as the line has room for.
     */
    static void carry(ByteBuffer memory, int at, long route, ByteBuffer message, int messageOffset, int length) {
        Words.putLong(memory, at + ROUTE, route);
        Words.putLong(memory, at + SIZE, length);
        Words.putLong(memory, at + DETAIL, word(length, NO_INDEX));
        Pieces.copyFew(message, messageOffset, memory, at + PAYLOAD, Math.min(length, IN_LINE));
    }

    /** The lines of a completion that carries so many bytes. */
    static int lines(int carried) {
        return carried <= IN_LINE ? 1 : carried <= IN_LINE + IN_FURTHER_LINE ? 2 : 3;
    }

    /** How many bytes of a carried message come before the line that is so many lines further on. */
    static int carriedBefore(int line) {
        return line == 0 ? 0 : IN_LINE + (line - 1) * IN_FURTHER_LINE;
    }

    /** Where a line, so many further on, that begins at an offset, holds its part of the message. */
    static int partAt(int lineOffset, int line) {
        return lineOffset + (line == 0 ? PAYLOAD : CONTINUED);
    }

    static long word(int upper, int lower) {
        return ((long) upper << 32) | (lower & 0xffff_ffffL);
    }

    /** Receiving queue pair and what the completion says of itself, for the methods below. */
    static long route(ByteBuffer memory, int at) {
        return Words.getLong(memory, at + ROUTE);
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
    static long size(ByteBuffer memory, int at) {
        return Words.getLong(memory, at + SIZE);
    }

    static int length(long size) {
        return (int) size;
    }

    static int immediate(long size) {
        return (int) (size >>> 32);
    }

    /** Detail and how much is carried, for the methods below. */
    static long detail(ByteBuffer memory, int at) {
        return Words.getLong(memory, at + DETAIL);
    }

    /** The claimed receive of a shared queue, or the sender of a datagram. */
    static int index(long detail) {
        return (int) detail;
    }

    static int carried(long detail) {
        return (int) (detail >>> 32);
    }
}
