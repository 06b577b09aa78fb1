package io.openib.verbs.soft.arena;

import java.io.IOException;
import java.lang.reflect.Field;

/** An arena in which there is no room left, and no file system to give it more. */
public final class FullArena {
    private FullArena() {}

    /** Uses all room up; gives what makes the file system give more again. */
    public static Runnable fill(OwnArena arena) {
        OwnArena.SegmentMaker none = (file, bytes) -> {
            throw new IOException("No space left on device");
        };
        Object before = replaceMaker(arena, none);
        for (int bytes = FreeBlocks.MAX_SHARED_BYTES; bytes >= 64; bytes >>= 1) {
            while (isTaken(arena, bytes)) {
                // until there is no such piece any more
            }
        }
        return () -> replaceMaker(arena, before);
    }

    private static Object replaceMaker(OwnArena arena, Object maker) {
        try {
            Field field = OwnArena.class.getDeclaredField("maker");
            field.setAccessible(true);
            Object before = field.get(arena);
            field.set(arena, maker);
            return before;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isTaken(OwnArena arena, int bytes) {
        try {
            return arena.allocate(bytes, 64) != 0;
        } catch (NoRoomException e) {
            return false;
        }
    }
}
