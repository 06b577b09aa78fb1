package io.openib.cli.programs;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Checksummed messages:
 *
 * <pre>
 *  0         4        8        12       16
 *  +--------+--------+--------+--------+-------------------+
 *  | origin | target | number | crc    | pseudo-random ... |
 *  +--------+--------+--------+--------+-------------------+
 * </pre>
 *
 * <p>The checksum covers everything before and after it. The content depends on origin, target and number, so that a
 * message that went astray, came twice or kept bytes of another is told from the right one.
 */
final class Payload {
    /** The shortest such message. */
    static final int HEADER_BYTES = 16;

    private static final int TARGET = 4;
    private static final int NUMBER = 8;
    private static final int CRC = 12;
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final CRC32C crc = new CRC32C();
    private final byte[] copy;

    Payload(int maxBytes) {
        this.copy = new byte[maxBytes];
    }

    /** Fills the buffer's first bytes with a message. */
    void write(ByteBuffer buffer, int length, int origin, int target, int number) {
        fill(buffer, HEADER_BYTES, length, seed(origin, target, number));
        buffer.putInt(0, origin);
        buffer.putInt(TARGET, target);
        buffer.putInt(NUMBER, number);
        buffer.putInt(CRC, checksum(buffer, 0, length));
    }

    /** Fills a range with bytes that the seed determines. */
    static void fill(ByteBuffer buffer, int from, int to, long seed) {
        long state = seed;
        for (int i = from; i < to; i++) {
            state = next(state);
            buffer.put(i, (byte) (state >>> 56));
        }
    }

    /** Where a range differs from what {@link #fill} wrote, or -1. */
    static int mismatch(ByteBuffer buffer, int from, int to, long seed) {
        long state = seed;
        for (int i = from; i < to; i++) {
            state = next(state);
            if (buffer.get(i) != (byte) (state >>> 56)) {
                return i - from;
            }
        }
        return -1;
    }

    private static long next(long state) {
        long mixed = state + GOLDEN_GAMMA;
        mixed ^= mixed >>> 29;
        return mixed * 0xBF58476D1CE4E5B9L;
    }

    private static long seed(int origin, int target, int number) {
        return ((long) origin << 40) ^ ((long) target << 20) ^ number ^ GOLDEN_GAMMA;
    }

    /** Whether the message is whole. */
    boolean isIntact(ByteBuffer buffer, int offset, int length) {
        return length >= HEADER_BYTES && buffer.getInt(offset + CRC) == checksum(buffer, offset, length);
    }

    static int origin(ByteBuffer buffer, int offset) {
        return buffer.getInt(offset);
    }

    static int target(ByteBuffer buffer, int offset) {
        return buffer.getInt(offset + TARGET);
    }

    static int number(ByteBuffer buffer, int offset) {
        return buffer.getInt(offset + NUMBER);
    }

    private int checksum(ByteBuffer buffer, int offset, int length) {
        buffer.get(offset, copy, 0, length);
        crc.reset();
        crc.update(copy, 0, CRC);
        crc.update(copy, HEADER_BYTES, length - HEADER_BYTES);
        return (int) crc.getValue();
    }
}
