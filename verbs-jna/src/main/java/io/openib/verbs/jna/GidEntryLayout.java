package io.openib.verbs.jna;

import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import java.nio.ByteBuffer;

/** {@code struct ibv_gid_entry}. */
final class GidEntryLayout {
    static final int BYTES = 32;
    static final int GID = 0;
    static final int GID_INDEX = 16;
    static final int PORT_NUM = 20;
    static final int GID_TYPE = 24;

    private static final CodeTable<GidType> TYPES = new CodeTable<>(GidType.values());

    private GidEntryLayout() {}

    static GidEntry read(ByteBuffer memory, int at) {
        return new GidEntry(
                gid(memory, at + GID),
                memory.getInt(at + GID_INDEX),
                memory.getInt(at + PORT_NUM),
                TYPES.orElse(memory.getInt(at + GID_TYPE), GidType.ROCE_V2));
    }

    static Gid gid(ByteBuffer memory, int at) {
        byte[] raw = new byte[Gid.BYTES];
        memory.get(at, raw);
        return Gid.of(raw);
    }
}
