package io.openib.verbs.soft.arena;

import java.nio.file.Path;

/** What is said through a process's Unix-domain socket: eight bytes a message, a kind and what it is about. */
public final class Doorbell {
    /** A completion queue that was armed has something; its number follows. */
    public static final int COMPLETION = 1;

    /** A peer's operation failed at a queue pair of the owner; its number follows. */
    public static final int FAULT = 2;

    /** A shared receive queue runs low; its number follows. */
    public static final int SRQ_LIMIT = 3;

    /** A completion queue had no room for a completion; its number follows. */
    public static final int OVERRUN = 4;

    /** The table of who has attached is full: the owner is to look who of them is dead. */
    public static final int CROWDED = 5;

    private Doorbell() {}

    /** The socket of an arena. */
    public static Path socket(Path arenaFolder) {
        return arenaFolder.resolve("door");
    }

    public static long message(int kind, int number) {
        return (long) kind << 32 | (number & 0xffffffffL);
    }

    public static int kind(long message) {
        return (int) (message >>> 32);
    }

    public static int number(long message) {
        return (int) message;
    }
}
