package io.openib.cli.programs;

import java.nio.ByteBuffer;

/**
 * How many messages came, and what the ends of some were. Not of all: the handler is timed, and to look at the end of a long message
 * takes as long as a line needs from the other core.
 */
final class Arrivals {
    /** Of so many one is looked at, the first to begin with: in one of four batches of round trips, which leaves their median alone. */
    private static final int ONE_OF = 64;

    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    private long count;
    private long endsSum;

    /** One more. */
    void add(ByteBuffer data, int offset, int length) {
        if ((count & (ONE_OF - 1)) == 0) {
            endsSum += ends(data, offset, length);
        }
        count++;
    }

    long count() {
        return count;
    }

    /** How many of so many are looked at. */
    static long lookedAt(long messages) {
        return (messages + ONE_OF - 1) / ONE_OF;
    }

    /** The sum of {@link #ends} of those. */
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
