package io.openib.verbs.soft.arena;

/** What lies in segment 0 of every arena, by byte offset. */
public final class ArenaLayout {
    static final long MAGIC = 0x4f70656e49624134L;
    static final int MAGIC_OFFSET = 0;
    static final int ARENA_ID_OFFSET = 8;
    static final int PROCESS_ID_OFFSET = 16;

    /** Whether the process's port carries traffic: 1 or 0. */
    public static final int PORT_ACTIVE_OFFSET = 64;

    /** How many of the process's memory regions were deregistered, ever; in the same line, for who looks at both. */
    public static final int REGIONS_LOST_OFFSET = 68;

    /** Pointers to the chunks of the queue pair table. */
    public static final int QP_TABLE_OFFSET = 4096;

    /** Pointers to the chunks of the memory region table. */
    public static final int MR_TABLE_OFFSET = QP_TABLE_OFFSET + Table.ROOT_BYTES;

    /** Ids of the arenas that have mapped this one, claimed by compare-and-set. */
    static final int ATTACHED_OFFSET = MR_TABLE_OFFSET + Table.ROOT_BYTES;

    static final int ATTACHED_SLOTS = 1024;

    static final int FIRST_FREE_OFFSET = ATTACHED_OFFSET + ATTACHED_SLOTS * Long.BYTES;

    /** A cache line. */
    public static final int LINE_BYTES = 64;

    private ArenaLayout() {}
}
