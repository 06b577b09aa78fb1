package io.openib.verbs.jna.calls;

/**
 * The calls of the hot path, which libibverbs does not export: they go through the function pointers of one context's ops
 * table. Everything is a raw address; results are the C functions' own. No call allocates. Any thread may call; what the
 * functions themselves ask of their callers holds.
 */
public interface HotCalls {
    /** {@code ibv_post_send}: 0 or an errno; the request that was refused is then at {@code badWr}. */
    int postSend(long qp, long wr, long badWr);

    /** {@code ibv_post_recv}: 0 or an errno; the request that was refused is then at {@code badWr}. */
    int postRecv(long qp, long wr, long badWr);

    /** {@code ibv_post_srq_recv}: 0 or an errno; the request that was refused is then at {@code badWr}. */
    int postSrqRecv(long srq, long wr, long badWr);

    /** {@code ibv_poll_cq}: how many were written to {@code wcs}, negative on failure. */
    int pollCq(long cq, int count, long wcs);

    /**
     * {@link #pollCq} of a queue that is being resized: providers hold its lock across the kernel's part of that, and the call
     * waits for it. Meanwhile the collector must be able to work. A component whose {@code pollCq} lets it has no need of another.
     */
    default int pollLockedCq(long cq, int count, long wcs) {
        return pollCq(cq, count, wcs);
    }

    /** {@code ibv_req_notify_cq}: 0 or an errno. */
    int reqNotifyCq(long cq, int isSolicitedOnly);
}
