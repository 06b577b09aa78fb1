package io.openib.wireup;

import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/**
 * Handshake messages as bytes, big-endian:
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                      magic 4f 50 4e 57 (OPNW)                 |
 * +---------------+---------------+-------------------------------+
 * |   version 1   |       0       |   length of the whole message |
 * +---------------+---------------+-------------------------------+
 * |          field type           |        length of value        |
 * +-------------------------------+-------------------------------+
 * |                             value                           ...
 * |                          more fields                        ...
 * +-------------------------------+-------------------------------+
 * |            00 ff              |             00 20             |
 * +-------------------------------+-------------------------------+
 * |        HMAC-SHA256 of all bytes before this field (32)      ...
 * </pre>
 *
 * <p>The fields are in {@code docs/wireup.md}. A field type with the highest bit set may be passed over by who does not
 * know it; any other unknown one makes the message one of another version. Safe for every thread.
 */
public final class HandshakeCodec {
    /** The bytes of a message at most. */
    public static final int MAX_BYTES = 8192;

    /** The bytes after which {@link #length} knows how long the message is. */
    public static final int HEADER_BYTES = 8;

    static final int MAGIC = 0x4f504e57;
    static final int VERSION = 1;
    static final int MAX_TEXT = 1024;

    private static final int MAC_BYTES = 32;
    private static final int TRAILER_BYTES = 4 + MAC_BYTES;

    private final byte[] jobId;
    private final JobKey key;

    private HandshakeCodec(byte[] jobId, JobKey key) {
        this.jobId = jobId;
        this.key = key;
    }

    /**
     * For the messages of one job.
     *
     * @param jobId up to 255 bytes in UTF-8
     * @param secret shared by the job; without one the messages are told from those of other jobs, but not from forged ones
     * @throws IllegalStateException if this process can authenticate nothing
     */
    public static HandshakeCodec create(String jobId, Optional<byte[]> secret) {
        byte[] job = jobId.getBytes(StandardCharsets.UTF_8);
        if (job.length > 255) {
            throw new IllegalArgumentException("a job's name of " + job.length + " bytes is longer than 255");
        }
        byte[] raw = secret.orElseGet(() -> ("openib job " + jobId).getBytes(StandardCharsets.UTF_8));
        return new HandshakeCodec(job, JobKey.of(raw));
    }

    /**
     * How long the message is that begins with this header.
     *
     * @param header at least {@value #HEADER_BYTES} bytes from its position on, which stays
     * @throws HandshakeFormatException if this is not how a message begins
     */
    public static int length(ByteBuffer header) throws HandshakeFormatException {
        int at = header.position();
        if (header.getInt(at) != MAGIC) {
            throw new HandshakeFormatException("it does not begin as one");
        }
        if (header.get(at + 4) != VERSION) {
            throw new HandshakeFormatException("it has version " + header.get(at + 4) + ", this is " + VERSION
                    + "; run the same release in all ranks");
        }
        int length = header.getShort(at + 6) & 0xffff;
        if (length < HEADER_BYTES + TRAILER_BYTES || length > MAX_BYTES) {
            throw new HandshakeFormatException("its length is " + length);
        }
        return length;
    }

    /** The bytes of a message. */
    public byte[] encode(HandshakeMessage message) {
        ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
        try {
            out.putInt(MAGIC).put((byte) VERSION).put((byte) 0).putShort((short) 0);
            new HandshakeFields.Writer(out).write(jobId, message);
            int end = out.position();
            out.putShort(4 + 2, (short) (end + TRAILER_BYTES));
            out.putShort((short) HandshakeFields.MAC).putShort((short) MAC_BYTES);
            out.put(key.mac(out.array(), end));
        } catch (BufferOverflowException e) {
            throw new IllegalArgumentException("a message does not fit into " + MAX_BYTES + " bytes", e);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * Reads a message that is entirely there and checks that a holder of the job's secret made it.
     *
     * @throws HandshakeFormatException if it is cut off, of another version, another job, or forged
     */
    public HandshakeMessage decode(byte[] bytes) throws HandshakeFormatException {
        if (bytes.length < HEADER_BYTES || length(ByteBuffer.wrap(bytes)) != bytes.length) {
            throw new HandshakeFormatException("it is cut off after " + bytes.length + " bytes");
        }
        int end = bytes.length - TRAILER_BYTES;
        ByteBuffer trailer = ByteBuffer.wrap(bytes, end, TRAILER_BYTES);
        if (trailer.getShort() != HandshakeFields.MAC || trailer.getShort() != MAC_BYTES) {
            throw new HandshakeFormatException("it does not end with a MAC");
        }
        byte[] told = Arrays.copyOfRange(bytes, end + 4, bytes.length);
        if (!MessageDigest.isEqual(told, key.mac(bytes, end))) {
            throw new HandshakeFormatException("its MAC is wrong: it is of another job, or the secrets differ");
        }
        try {
            ByteBuffer fields = ByteBuffer.wrap(bytes, HEADER_BYTES, end - HEADER_BYTES);
            return new HandshakeFields.Reader(fields).read(jobId);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new HandshakeFormatException("a field is malformed: " + e.getMessage());
        }
    }
}
