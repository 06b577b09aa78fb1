package io.openib.verbs;

/** {@code enum ibv_wc_flags}. */
public final class WcFlag {
    /** The first 40 bytes are a global route header (UD). */
    public static final int GRH = 1;

    /** The message carried an immediate. */
    public static final int WITH_IMM = 2;

    private WcFlag() {}
}
