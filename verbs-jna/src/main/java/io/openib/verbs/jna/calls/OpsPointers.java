package io.openib.verbs.jna.calls;

/**
 * The function pointers of one context's ops table that {@link HotCalls} go through; each has been seen to lead to code.
 *
 * @param postSend {@code ops.post_send}
 * @param postRecv {@code ops.post_recv}
 * @param postSrqRecv {@code ops.post_srq_recv}
 * @param pollCq {@code ops.poll_cq}
 * @param reqNotifyCq {@code ops.req_notify_cq}
 */
public record OpsPointers(long postSend, long postRecv, long postSrqRecv, long pollCq, long reqNotifyCq) {}
