package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.Header;
import io.openib.verbs.ProtectionDomain;
import java.nio.ByteBuffer;

/** Where inline messages are put together: the device takes them at post, so one place does for all. */
final class Scratch implements AutoCloseable {
    private static final int BY_BYTE = 16;

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
        if (length <= BY_BYTE) {
            for (int i = 0; i < length; i++) {
                buffer.put(Header.BYTES + i, data.get(offset + i));
            }
        } else {
            buffer.put(Header.BYTES, data, offset, length);
        }
    }

    @Override
    public void close() {
        slab.close();
    }
}
