package io.openib.verbs;

/** {@code enum ibv_send_flags}, to be or-ed. */
public final class SendFlag {
    /** Waits for reads and atomics posted before. */
    public static final int FENCE = 1;

    /** Gives a completion on success. */
    public static final int SIGNALED = 2;

    /** The peer's completion is a solicited event. */
    public static final int SOLICITED = 4;

    /** The data is taken at post: the memory may be used again on return, and its lkey is not looked at. */
    public static final int INLINE = 8;

    private SendFlag() {}
}
