package io.openib.cli.programs;

import java.nio.ByteBuffer;

/** How many messages came, and what of their contents costs next to nothing to look at: the ends. */
final class Arrivals {
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    private long count;
    private long endsSum;

    /** One more. */
    void add(ByteBuffer data, int offset, int length) {
        count++;
        endsSum += ends(data, offset, length);
    }

    long count() {
        return count;
    }

    /** The sum of {@link #ends} of all. */
    long endsSum() {
        return endsSum;
    }

    void reset() {
        count = 0;
        endsSum = 0;
    }

    /** A number that the first and the last eight bytes determine; all of them of what is shorter. */
    static long ends(ByteBuffer data, int offset, int length) {
        if (length >= Long.BYTES) {
            return data.getLong(offset) * FACTOR + data.getLong(offset + length - Long.BYTES);
        }
        long bytes = length;
        for (int i = 0; i < length; i++) {
            bytes = (bytes << Byte.SIZE) | (data.get(offset + i) & 0xff);
        }
        return bytes * FACTOR;
    }
}
