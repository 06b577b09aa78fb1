package io.openib.verbs.soft.arena;

/** A table of who has attached in which there is no place. */
public final class CrowdedTable {
    private static final long NOBODY = 1L << 48;

    private CrowdedTable() {}

    /** Enters ids of arenas that are nowhere until the table is full. */
    public static void fill(OwnArena owner) {
        long id = NOBODY;
        while (Attachments.enter(owner.memory(0), id) != 0) {
            id++;
        }
    }
}
