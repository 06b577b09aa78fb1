package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.lang.reflect.Field;

/** An arena in which there is no room left, and no file system to give it more, until this is closed. */
public final class FullArena implements AutoCloseable {
    private final OwnArena arena;
    private final Field maker;
    private final Object before;

    /** Uses all room up. */
    public FullArena(OwnArena arena) {
        this.arena = arena;
        try {
            maker = OwnArena.class.getDeclaredField("maker");
            maker.setAccessible(true);
            before = maker.get(arena);
            OwnArena.SegmentMaker none = (file, bytes) -> {
                throw new IOException("No space left on device");
            };
            maker.set(arena, none);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        for (int bytes = FreeBlocks.MAX_SHARED_BYTES; bytes >= 64; bytes >>= 1) {
            while (isTaken(bytes)) {
                // until there is no such piece any more
            }
        }
    }

    private boolean isTaken(int bytes) {
        try {
            return arena.allocate(bytes, 64) != 0;
        } catch (NoRoomException e) {
            return false;
        }
    }

    public OwnArena arena() {
        return arena;
    }

    /** There is room again. */
    @Override
    public void close() {
        try {
            maker.set(arena, before);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
