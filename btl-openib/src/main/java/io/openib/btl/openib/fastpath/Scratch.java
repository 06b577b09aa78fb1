package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.verbs.ProtectionDomain;
import java.nio.ByteBuffer;

/** Where inline messages are put together: the device takes them at post, so one place does for all. */
final class Scratch implements AutoCloseable {
    /** A call of the bulk copy costs more than so many bytes one by one, or eight by eight. */
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
        } else {
            fillFew(data, offset, length);
        }
    }

    private void fillFew(ByteBuffer data, int offset, int length) {
        boolean isTurned = data.order() != buffer.order();
        int at = 0;
        for (; at <= length - Long.BYTES; at += Long.BYTES) {
            long word = data.getLong(offset + at);
            buffer.putLong(Header.BYTES + at, isTurned ? Long.reverseBytes(word) : word);
        }
        for (; at < length; at++) {
            buffer.put(Header.BYTES + at, data.get(offset + at));
        }
    }

    @Override
    public void close() {
        slab.close();
    }
}
