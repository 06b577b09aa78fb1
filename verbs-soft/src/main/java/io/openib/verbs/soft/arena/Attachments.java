package io.openib.verbs.soft.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of who has attached to an arena, in its segment 0. A peer enters itself, by compare-and-set, before it leaves
 * anything else at the owner, and its place, from 1, is the number it signs with. Only the owner takes an id out again: when
 * that process is dead and nothing is signed with its number any more, so that the number can be another's.
 */
public final class Attachments {
    private Attachments() {}

    /**
     * Enters an id, unless it is there already.
     *
     * @return the number, or 0 when the table is full
     */
    static int enter(ByteBuffer header, long id) {
        for (int slot = 0; slot < ArenaLayout.ATTACHED_SLOTS; slot++) {
            long holder = Words.getLongAcquire(header, offset(slot));
            if (holder == id || (holder == 0 && Words.compareAndSetLong(header, offset(slot), 0, id))) {
                return slot + 1;
            }
        }
        return 0;
    }

    private static int offset(int slot) {
        return ArenaLayout.ATTACHED_OFFSET + slot * Long.BYTES;
    }

    /** The id of the arena that has a number at an owner; 0 for none. */
    public static long idOf(OwnArena owner, int number) {
        return Words.getLongAcquire(owner.memory(0), offset(number - 1));
    }

    /** Takes the id of a dead process out. By the owner. */
    public static void remove(OwnArena owner, long id) {
        for (int slot = 0; slot < ArenaLayout.ATTACHED_SLOTS; slot++) {
            Words.compareAndSetLong(owner.memory(0), offset(slot), id, 0);
        }
    }

    /** The ids that are in the table of an owner. */
    public static List<Long> ids(OwnArena owner) {
        List<Long> ids = new ArrayList<>();
        for (int number = 1; number <= ArenaLayout.ATTACHED_SLOTS; number++) {
            long id = idOf(owner, number);
            if (id != 0) {
                ids.add(id);
            }
        }
        return ids;
    }
}
