package io.openib.btl.openib.wire;

/**
 * What {@code wr_id} holds. A completion in error carries nothing else that can be trusted, so this finds the request:
 *
 * <pre>
 *  63      60 59      56 55            32 31              0
 *  +---------+----------+----------------+----------------+
 *  | kind    | queue    | lane           | index          |
 *  +---------+----------+----------------+----------------+
 * </pre>
 *
 * The index is a fragment's number, of receives; a position in the send queue's ring, of sends.
 */
public final class WorkRequestId {
    /** A receive of a per-peer queue. */
    public static final int RECV = 1;
    /** A receive of a shared queue; it has no lane. */
    public static final int SHARED_RECV = 2;
    /** Whatever is posted to a send queue. */
    public static final int SEND = 3;

    /** Queues that can be told apart. */
    public static final int MAX_QUEUES = 16;
    /** Lanes that can be told apart. */
    public static final int MAX_LANES = 1 << 24;

    private WorkRequestId() {}

    /** An id; each value must fit its field. */
    public static long pack(int kind, int queue, int lane, int index) {
        return (long) kind << 60 | (queue & 0xfL) << 56 | (lane & 0xff_ffffL) << 32 | (index & 0xffff_ffffL);
    }

    public static int kind(long wrId) {
        return (int) (wrId >>> 60);
    }

    public static int queue(long wrId) {
        return (int) (wrId >>> 56) & 0xf;
    }

    public static int lane(long wrId) {
        return (int) (wrId >>> 32) & 0xff_ffff;
    }

    public static int index(long wrId) {
        return (int) wrId;
    }
}
