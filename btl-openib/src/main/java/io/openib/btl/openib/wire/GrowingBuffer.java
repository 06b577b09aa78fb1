package io.openib.btl.openib.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Bytes in the making, big-endian. */
final class GrowingBuffer {
    private static final int MAX_BLOB = 0xffff;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    GrowingBuffer putByte(int value) {
        bytes.write(value);
        return this;
    }

    GrowingBuffer putShort(int value) {
        return putByte(value >>> 8).putByte(value);
    }

    GrowingBuffer putInt(int value) {
        return putShort(value >>> 16).putShort(value);
    }

    GrowingBuffer putLong(long value) {
        return putInt((int) (value >>> 32)).putInt((int) value);
    }

    GrowingBuffer putText(String text) {
        return putBlob(text.getBytes(StandardCharsets.UTF_8));
    }

    GrowingBuffer putBlob(byte[] blob) {
        if (blob.length > MAX_BLOB) {
            throw new IllegalArgumentException(blob.length + " bytes are more than a field of the modex holds");
        }
        putShort(blob.length);
        bytes.write(blob, 0, blob.length);
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
