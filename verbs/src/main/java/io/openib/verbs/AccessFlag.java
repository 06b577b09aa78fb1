package io.openib.verbs;

import java.util.EnumSet;
import java.util.Set;

/** {@code enum ibv_access_flags}: what may be done with memory, and what a queue pair lets its peer do. */
public enum AccessFlag {
    LOCAL_WRITE(1),
    REMOTE_WRITE(2),
    REMOTE_READ(4),
    REMOTE_ATOMIC(8);

    private final int bit;

    AccessFlag(int bit) {
        this.bit = bit;
    }

    /** The bit of {@code enum ibv_access_flags}. */
    public int bit() {
        return bit;
    }

    /** The flags as verbs' bits. */
    public static int bits(Set<AccessFlag> flags) {
        int bits = 0;
        for (AccessFlag flag : flags) {
            bits |= flag.bit;
        }
        return bits;
    }

    /**
     * The flags of verbs' bits.
     *
     * @throws IllegalArgumentException for a bit that has no flag here
     */
    public static Set<AccessFlag> ofBits(int bits) {
        Set<AccessFlag> flags = EnumSet.noneOf(AccessFlag.class);
        for (AccessFlag flag : values()) {
            if ((bits & flag.bit) != 0) {
                flags.add(flag);
            }
        }
        if (bits(flags) != bits) {
            throw new IllegalArgumentException("unknown access bits: 0x" + Integer.toHexString(bits));
        }
        return flags;
    }

    /** Whether any of them lets a peer in. */
    public static boolean hasRemote(Set<AccessFlag> flags) {
        return (bits(flags) & ~LOCAL_WRITE.bit) != 0;
    }
}
