package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.verbs.ProtectionDomain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Where inline messages are put together: the device takes them at post, so one place does for all. */
final class Scratch implements AutoCloseable {
    /** A call of the bulk copy costs more than so many bytes by words, the last of which overlap, or a few single ones. */
    private static final int FEW_BYTES = 32;

    private final Slab slab;
    private final ByteBuffer buffer;

    Scratch(ProtectionDomain pd, int bytes, int alignment) {
        this.slab = new Slab(pd, 1, Math.max(bytes, Header.BYTES), alignment);
        this.buffer = slab.buffer();
    }

    long address() {
        return slab.address(0);
    }

    int lkey() {
        return slab.lkey();
    }

    void fill(long header) {
        buffer.putLong(0, header);
    }

    void fill(long header, ByteBuffer data, int offset, int length) {
        buffer.putLong(0, header);
        if (length > FEW_BYTES) {
            buffer.put(Header.BYTES, data, offset, length);
        } else if (length >= Long.BYTES) {
            fillFew(data, offset, length - Long.BYTES);
        } else {
            for (int at = 0; at < length; at++) {
                buffer.put(Header.BYTES + at, data.get(offset + at));
            }
        }
    }

    private void fillFew(ByteBuffer data, int offset, int last) {
        boolean isTurned = data.order() != ByteOrder.LITTLE_ENDIAN;
        putWord(0, data, offset, isTurned);
        if (last > Long.BYTES) {
            putWord(Long.BYTES, data, offset, isTurned);
            putWord(last - Long.BYTES, data, offset, isTurned);
        }
        if (last > 0) {
            putWord(last, data, offset, isTurned);
        }
    }

    private void putWord(int at, ByteBuffer data, int offset, boolean isTurned) {
        long word = data.getLong(offset + at);
        buffer.putLong(Header.BYTES + at, isTurned ? Long.reverseBytes(word) : word);
    }

    @Override
    public void close() {
        slab.close();
    }
}
