package io.openib.verbs.soft.wire;

import java.nio.ByteBuffer;

/**
 * A packet as it crosses the wire, big-endian; a view of a buffer.
 *
 * <pre>
 *  0 length of all 32   4 kind 8, flags 8, path MTU code 8, status or timer 8
 *  8 to queue pair 32  12 from queue pair 32  16 incarnation of the sending one 32  20 its first PSN 32
 * 24 number 64         32 message bytes 32    36 offset of this part 32
 * 40 remote address 64 48 rkey or Q_Key 32    52 immediate 32
 * 56 compare or add, the result of an atomic, an echo 64     64 swap 64
 * 72 frame 32: counts the connection's frames one way, from a number of the greeting's     76 0 32
 * 80 payload
 * </pre>
 */
public final class Packet {
    /** Bytes before the payload. */
    public static final int HEADER_BYTES = 80;

    /** The most that one packet carries. */
    public static final int MAX_PAYLOAD = 1 << 16;

    /** Kinds below this are the operations of {@code WrOpcode}, asked for by a reliable connection. */
    public static final int OPERATIONS = 16;

    /** What is the next packet that this queue pair expects? */
    public static final int ENQUIRE = 16;

    /** A datagram: the payload begins with its route header. */
    public static final int DATAGRAM = 17;

    /** Is anybody there? The connection itself answers. */
    public static final int PING = 18;

    /** Everything before this number was carried out. */
    public static final int ACK = 32;

    /** The same, in answer to {@link #ENQUIRE}, whose {@link #operand} it brings back. */
    public static final int EXPECT = 33;

    /** No receive is posted for this number; the status is the RNR timer's code. */
    public static final int NOT_READY = 34;

    /** This number failed, with a status. */
    public static final int FAILED = 35;

    /** What this number read. */
    public static final int READ = 36;

    /** What this number, an atomic, found. */
    public static final int ATOMIC = 37;

    /** The queue pair that was enquired for gives no answer. */
    public static final int ABSENT = 38;

    /** Somebody is, in answer to {@link #PING}. */
    public static final int PONG = 39;

    /** The status of an operation whose target is to say that it is not ready: an injected fault. */
    public static final int REFUSE = 1;

    private ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES);
    private int at;

    Packet wrap(ByteBuffer memory, int offset) {
        buffer = memory;
        at = offset;
        return this;
    }

    Packet clear(int payloadBytes, int frame) {
        for (int i = 0; i < HEADER_BYTES; i += Long.BYTES) {
            buffer.putLong(at + i, 0);
        }
        buffer.putInt(at, HEADER_BYTES + payloadBytes).putInt(at + 72, frame);
        return this;
    }

    static boolean isLength(int frameBytes) {
        return frameBytes >= HEADER_BYTES && frameBytes <= HEADER_BYTES + MAX_PAYLOAD;
    }

    int frame() {
        return buffer.getInt(at + 72);
    }

    public int payloadBytes() {
        return buffer.getInt(at) - HEADER_BYTES;
    }

    public int kind() {
        return buffer.get(at + 4) & 0xff;
    }

    public int flags() {
        return buffer.get(at + 5) & 0xff;
    }

    public int mtuCode() {
        return buffer.get(at + 6) & 0xff;
    }

    public int status() {
        return buffer.get(at + 7) & 0xff;
    }

    public int to() {
        return buffer.getInt(at + 8);
    }

    public int from() {
        return buffer.getInt(at + 12);
    }

    public int incarnation() {
        return buffer.getInt(at + 16);
    }

    public int firstPsn() {
        return buffer.getInt(at + 20);
    }

    public long number() {
        return buffer.getLong(at + 24);
    }

    public int messageBytes() {
        return buffer.getInt(at + 32);
    }

    public int offset() {
        return buffer.getInt(at + 36);
    }

    public long remoteAddress() {
        return buffer.getLong(at + 40);
    }

    public int key() {
        return buffer.getInt(at + 48);
    }

    public int immediate() {
        return buffer.getInt(at + 52);
    }

    public long operand() {
        return buffer.getLong(at + 56);
    }

    public long swap() {
        return buffer.getLong(at + 64);
    }

    /** The memory that the payload lies in, from {@link #payloadOffset} on. */
    public ByteBuffer memory() {
        return buffer;
    }

    public int payloadOffset() {
        return at + HEADER_BYTES;
    }

    /** What it is, and between whom. */
    public Packet head(int kind, int flags, int to, int from) {
        buffer.put(at + 4, (byte) kind).put(at + 5, (byte) flags);
        buffer.putInt(at + 8, to).putInt(at + 12, from);
        return this;
    }

    /** Which life of the sending queue pair this is of. */
    public Packet life(int incarnation, int firstPsn, int mtuCode) {
        buffer.putInt(at + 16, incarnation).putInt(at + 20, firstPsn).put(at + 6, (byte) mtuCode);
        return this;
    }

    public Packet number(long value) {
        buffer.putLong(at + 24, value);
        return this;
    }

    public Packet status(int value) {
        buffer.put(at + 7, (byte) value);
        return this;
    }

    /** Which part of a message this is. */
    public Packet part(int messageBytes, int offset) {
        buffer.putInt(at + 32, messageBytes).putInt(at + 36, offset);
        return this;
    }

    public Packet remote(long address, int key) {
        buffer.putLong(at + 40, address).putInt(at + 48, key);
        return this;
    }

    public Packet immediate(int value) {
        buffer.putInt(at + 52, value);
        return this;
    }

    public Packet operands(long operand, long swap) {
        buffer.putLong(at + 56, operand).putLong(at + 64, swap);
        return this;
    }
}
