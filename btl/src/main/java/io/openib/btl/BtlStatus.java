package io.openib.btl;

/** What communication calls return and completions carry: {@link #OK} or a negative code. Constants, not an enum, since
 * they are compared on the hot path. */
public final class BtlStatus {
    /** Accepted, or completed. */
    public static final int OK = 0;
    /**
     * Too much is under way: try again when {@link Btl#onRoom} tells of room, or after {@link Btl#progress()}. Do not wait within a
     * callback, where progress does nothing, so that who waited there would wait for ever: keep what was to be sent. Of {@link
     * BtlAgent#execute} no handler is told.
     */
    public static final int BACK_PRESSURE = -1;
    /** There is no connection to the peer yet, and the call does not wait for one. */
    public static final int NOT_CONNECTED = -2;
    /**
     * The peer cannot be reached, or was lost while the operation was under way; or there is no memory for it. {@link PeerError} tells; of a
     * peer that has closed in order, {@link LeaveHandler}.
     */
    public static final int PEER_FAILED = -3;
    /**
     * The transport is closed or closing; or its owner's thread has ended, whereupon nobody would do what another thread asks for, until
     * one {@linkplain Btl#adopt() adopts} it. What such threads had asked for before completes then, or when it is closed.
     */
    public static final int CLOSED = -4;
    /** The message is longer than {@link Btl#maxSendBytes()}. */
    public static final int TOO_LONG = -5;
    /** No such peer, tag, or part of a buffer. */
    public static final int INVALID = -6;
    /** The device that reaches this peer cannot do it. */
    public static final int UNSUPPORTED = -7;
    /** The calling thread is not the owner. */
    public static final int NOT_OWNER = -8;
    /**
     * The peer refused the access: key, bounds or rights of its memory do not fit, or it has closed it. As on any RDMA device this
     * ends the connection: what else was under way to the peer completes with PEER_FAILED, and the next call connects anew.
     */
    public static final int REMOTE_ACCESS = -9;

    private static final String[] NAMES = {
        "OK",
        "BACK_PRESSURE",
        "NOT_CONNECTED",
        "PEER_FAILED",
        "CLOSED",
        "TOO_LONG",
        "INVALID",
        "UNSUPPORTED",
        "NOT_OWNER",
        "REMOTE_ACCESS"
    };

    private BtlStatus() {}

    /** The name of a code, for people; the number for one that is none of these. */
    public static String name(int status) {
        return status <= 0 && status > -NAMES.length ? NAMES[-status] : Integer.toString(status);
    }
}
