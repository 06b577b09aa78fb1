package io.openib.verbs.soft.arena;

/** An address within an arena: the segment's number in the upper half, the offset in the lower. Zero is no address. */
public final class Address {
    /** Addresses from here on name a process's own registered buffers, which no peer can reach. */
    public static final long PRIVATE = 1L << 62;

    private Address() {}

    public static long of(int segment, int offset) {
        return (long) segment << 32 | offset;
    }

    public static int segment(long address) {
        return (int) (address >>> 32);
    }

    public static int offset(long address) {
        return (int) address;
    }

    public static boolean isPrivate(long address) {
        return (address & PRIVATE) != 0;
    }
}
