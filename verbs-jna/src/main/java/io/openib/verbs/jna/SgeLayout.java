package io.openib.verbs.jna;

import java.nio.ByteBuffer;

/** {@code struct ibv_sge}. */
final class SgeLayout {
    static final int BYTES = 16;
    static final int ADDR = 0;
    static final int LENGTH = 8;
    static final int LKEY = 12;

    private SgeLayout() {}

    /** Writes entry {@code index} of the list that begins at {@code list}. */
    static void write(ByteBuffer memory, int list, int index, long address, int lengthBytes, int lkey) {
        int entry = list + index * BYTES;
        memory.putLong(entry + ADDR, address)
                .putInt(entry + LENGTH, lengthBytes)
                .putInt(entry + LKEY, lkey);
    }
}
