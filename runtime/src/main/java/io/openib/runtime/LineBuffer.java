package io.openib.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Collects bytes to lines of printable ASCII; never holds more than its limit. Not safe for use by several threads. */
final class LineBuffer {

    private static final int FIRST_CAPACITY = 256;

    private final int maxLength;
    private byte[] bytes;
    private int length;

    LineBuffer(int maxLength) {
        this.maxLength = maxLength;
        this.bytes = new byte[Math.min(FIRST_CAPACITY, maxLength)];
    }

    /** Takes the next byte; returns the line that it ends, without the line feed. */
    @Nullable
    String offer(byte next) throws PmiFormatException {
        if (next == '\n') {
            String line = new String(bytes, 0, length, StandardCharsets.US_ASCII);
            length = 0;
            return line;
        }
        if (next < ' ' || next > '~') {
            throw new PmiFormatException("a byte that is no printable ASCII character");
        }
        if (length == maxLength) {
            throw new PmiFormatException("a line of more than " + maxLength + " bytes");
        }
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(2 * length, maxLength));
        }
        bytes[length++] = next;
        return null;
    }

    /** Whether a line has begun and not ended. */
    boolean isWithinLine() {
        return length > 0;
    }
}
