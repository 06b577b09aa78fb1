package io.openib.btl.openib.fastpath;

import io.openib.btl.Btl;
import io.openib.btl.ReceiveHandler;
import org.jspecify.annotations.Nullable;

/** Who is told of messages of each tag. */
public final class ReceiveTable {
    private final @Nullable ReceiveHandler[] handlers = new @Nullable ReceiveHandler[Btl.TAGS];

    /** Replaces the handler of a tag. */
    public void register(int tag, ReceiveHandler handler) {
        if (tag < 0 || tag >= Btl.TAGS) {
            throw new IllegalArgumentException("tag " + tag + " is outside 0.." + (Btl.TAGS - 1));
        }
        handlers[tag] = handler;
    }

    @Nullable
    ReceiveHandler handler(int tag) {
        return handlers[tag];
    }
}
