package io.openib.verbs;

/** {@code enum ibv_mtu}: the path MTU. */
public enum Mtu {
    MTU_256(1),
    MTU_512(2),
    MTU_1024(3),
    MTU_2048(4),
    MTU_4096(5);

    private final int code;

    Mtu(int code) {
        this.code = code;
    }

    /** The value of {@code enum ibv_mtu}, 1 to 5. */
    public int code() {
        return code;
    }

    /** The payload of one packet, in bytes. */
    public int bytes() {
        return 128 << code;
    }

    /**
     * The MTU that {@code enum ibv_mtu} numbers so.
     *
     * @param code 1 to 5
     * @throws IllegalArgumentException for any other
     */
    public static Mtu ofCode(int code) {
        if (code < 1 || code > values().length) {
            throw new IllegalArgumentException("not a path MTU code: " + code);
        }
        return values()[code - 1];
    }

    /** The lesser of two. */
    public static Mtu min(Mtu a, Mtu b) {
        return a.code <= b.code ? a : b;
    }
}
