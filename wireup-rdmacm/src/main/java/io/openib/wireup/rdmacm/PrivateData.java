package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.ConnectionManager;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The private data of the connection manager's messages, big-endian.
 *
 * <pre>
 *   0 +-----------------+---------+---------+
 *     | magic 0x4f52    | version | count   |      count: queue pairs told; 0 in a rejection
 *   4 +-----------------+---------+---------+
 *     | attempt         | generation        |
 *   8 +-----------------+-------------------+
 *     | source                              |
 *  12 +-------------------------------------+
 *     | destination                         |
 *  16 +-------------------------------------+
 *     | configuration digest                |
 *     |                                     |
 *  24 +-------------------------------------+
 *     | MAC: first 16 bytes of HMAC-SHA256 over the job's id, all other bytes,
 *     |      the direction (1 byte), the connection manager's own queue pair number (4 bytes), and what the
 *     |      listener that the request goes to publishes ({@link ContactBlob})
 *  40 +-------------------------------------+
 *     | further queue pair numbers, 3 bytes each: room for 5, and for more in a reply of more;
 *     |      of an exchange that tells one number only: its queue, 1 byte
 *     | only in a reply, 2 bytes: the last attempt that its sender has made so far, all of which are over
 *     | the sender's port among those that it has published, 1 byte
 *  56 +-------------------------------------+
 * </pre>
 *
 * <p>A rejection has at 40: reason (1 byte), bytes of text (1 byte), text in UTF-8. Whatever arrives is padded with zeros:
 * the count, and the length of the text, say what counts.
 */
final class PrivateData {
    /** Queue pairs that fit the 56 bytes of a request. */
    static final int MAX_REQUEST_QUEUES = 6;

    /** Queue pairs that a reply may tell. */
    static final int MAX_REPLY_QUEUES = 16;

    static final short MAGIC = 0x4f52;
    static final byte VERSION = 2;

    private static final int ATTEMPT_AT = 4;
    private static final int MAC_AT = 24;
    private static final int MAC_BYTES = 16;
    private static final int NUMBERS_AT = MAC_AT + MAC_BYTES;
    private static final int NUMBER_BYTES = 3;
    private static final int TEXT_AT = NUMBERS_AT + 2;
    private static final int MAX_TEXT_BYTES = ConnectionManager.REJECT_PRIVATE_DATA - TEXT_AT;

    private final Seal seal;
    private final byte[] listener;

    /** Computes the full MAC of some bytes with the job's secret. */
    @FunctionalInterface
    interface Seal {
        byte[] of(byte[] content);
    }

    private PrivateData(Seal seal, byte[] listener) {
        this.seal = seal;
        this.listener = listener;
    }

    /**
     * For requests to one listener, and for what it answers: recorded on their way there, they are nothing to another.
     *
     * @param seal of the job
     */
    static PrivateData of(Seal seal, InetSocketAddress listener) {
        return new PrivateData(seal, ContactBlob.encode(listener));
    }

    /** Goes through what every exchange does: the first time takes tens of milliseconds, which no connection shall wait. */
    void rehearse() {
        Hello hello = new Hello(0, 0, 0, 0, 0, 0, 0, List.of(1, 2));
        decode(Direction.REQUEST, encode(Direction.REQUEST, hello), 1);
        Rejection rejection = new Rejection(RejectionReason.CROSSED, hello, "");
        decodeRejection(encodeRejection(hello, rejection), 1);
    }

    /** The bytes of a request or a reply. */
    byte[] encode(Direction direction, Hello hello) {
        int count = hello.qpNumbers().size();
        ByteBuffer bytes = ByteBuffer.allocate(length(direction, count));
        putHead(bytes, count, hello);
        bytes.position(NUMBERS_AT);
        for (int number : hello.qpNumbers().subList(1, count)) {
            bytes.put((byte) (number >>> 16)).putShort((short) number);
        }
        if (count == 1) {
            bytes.put((byte) hello.firstQueue());
        }
        if (direction == Direction.REPLY) {
            bytes.putShort(latestAt(bytes.capacity()), (short) hello.latest());
        }
        bytes.put(bytes.capacity() - 1, (byte) hello.port());
        return sealed(bytes.array(), direction, hello.qpNumbers().get(0));
    }

    /**
     * Reads a request or a reply.
     *
     * @param qpNumber the connection manager's own number, which came beside the bytes
     * @return null for what was not sent by a member of this job, or not in this version
     */
    @Nullable
    Hello decode(Direction direction, byte[] arrived, int qpNumber) {
        int count = arrived.length < NUMBERS_AT ? 0 : arrived[3];
        if (count < 1 || count > MAX_REPLY_QUEUES || arrived.length < length(direction, count)) {
            return null;
        }
        byte[] bytes = Arrays.copyOf(arrived, length(direction, count));
        if (!isGenuine(bytes, direction, qpNumber)) {
            return null;
        }
        List<Integer> numbers = new ArrayList<>(count);
        numbers.add(qpNumber);
        for (int i = 0; i < count - 1; i++) {
            int at = NUMBERS_AT + i * NUMBER_BYTES;
            numbers.add((bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff));
        }
        ByteBuffer told = ByteBuffer.wrap(bytes);
        int firstQueue = count == 1 ? bytes[NUMBERS_AT] : 0;
        int latestAt = direction == Direction.REPLY ? latestAt(bytes.length) : ATTEMPT_AT;
        return hello(told, bytes[bytes.length - 1], firstQueue, numbers, told.getShort(latestAt));
    }

    /** The bytes of a rejection; the text is cut where it does not fit. */
    byte[] encodeRejection(Hello about, Rejection rejection) {
        byte[] text = rejection.text().getBytes(StandardCharsets.UTF_8);
        int textBytes = Math.min(text.length, MAX_TEXT_BYTES);
        ByteBuffer bytes = ByteBuffer.allocate(TEXT_AT + textBytes);
        putHead(bytes, 0, about);
        bytes.position(NUMBERS_AT);
        bytes.put(rejection.reason().code()).put((byte) textBytes).put(text, 0, textBytes);
        return sealed(bytes.array(), Direction.REJECTION, about.qpNumbers().get(0));
    }

    /**
     * Reads a rejection.
     *
     * @param qpNumber of the request that was rejected
     * @return null for one that no member of this job wrote, such as the kernel's own
     */
    @Nullable
    Rejection decodeRejection(byte[] arrived, int qpNumber) {
        if (arrived.length < TEXT_AT || arrived[3] != 0) {
            return null;
        }
        int textBytes = Byte.toUnsignedInt(arrived[NUMBERS_AT + 1]);
        if (textBytes > arrived.length - TEXT_AT) {
            return null;
        }
        byte[] bytes = Arrays.copyOf(arrived, TEXT_AT + textBytes);
        RejectionReason reason = RejectionReason.ofCode(bytes[NUMBERS_AT]);
        if (reason == null || !isGenuine(bytes, Direction.REJECTION, qpNumber)) {
            return null;
        }
        return new Rejection(
                reason,
                hello(ByteBuffer.wrap(bytes), 0, 0, List.of(), (short) 0),
                new String(bytes, TEXT_AT, textBytes, StandardCharsets.UTF_8));
    }

    private static void putHead(ByteBuffer bytes, int count, Hello hello) {
        bytes.putShort(MAGIC).put(VERSION).put((byte) count);
        bytes.putShort((short) hello.attempt()).putShort((short) hello.generation());
        bytes.putInt(hello.source()).putInt(hello.destination()).putLong(hello.digest());
    }

    private static Hello hello(ByteBuffer bytes, int port, int firstQueue, List<Integer> numbers, short latest) {
        return new Hello(
                Short.toUnsignedInt(bytes.getShort(ATTEMPT_AT)),
                Short.toUnsignedInt(bytes.getShort(6)),
                bytes.getInt(8),
                bytes.getInt(12),
                bytes.getLong(16),
                Byte.toUnsignedInt((byte) port),
                Byte.toUnsignedInt((byte) firstQueue),
                numbers,
                Short.toUnsignedInt(latest));
    }

    private static int length(Direction direction, int count) {
        int tail = direction == Direction.REPLY ? Short.BYTES + 1 : 1;
        return NUMBERS_AT + NUMBER_BYTES * Math.max(MAX_REQUEST_QUEUES - 1, count - 1) + tail;
    }

    private static int latestAt(int replyBytes) {
        return replyBytes - 1 - Short.BYTES;
    }

    private byte[] sealed(byte[] bytes, Direction direction, int qpNumber) {
        System.arraycopy(mac(bytes, direction, qpNumber), 0, bytes, MAC_AT, MAC_BYTES);
        return bytes;
    }

    private boolean isGenuine(byte[] bytes, Direction direction, int qpNumber) {
        ByteBuffer head = ByteBuffer.wrap(bytes);
        if (head.getShort(0) != MAGIC || head.get(2) != VERSION) {
            return false;
        }
        byte[] told = Arrays.copyOfRange(bytes, MAC_AT, NUMBERS_AT);
        return MessageDigest.isEqual(told, mac(bytes, direction, qpNumber));
    }

    private byte[] mac(byte[] bytes, Direction direction, int qpNumber) {
        ByteBuffer content = ByteBuffer.allocate(bytes.length - MAC_BYTES + 1 + Integer.BYTES + listener.length);
        content.put(bytes, 0, MAC_AT).put(bytes, NUMBERS_AT, bytes.length - NUMBERS_AT);
        content.put(direction.code()).putInt(qpNumber).put(listener);
        return Arrays.copyOf(seal.of(content.array()), MAC_BYTES);
    }
}
