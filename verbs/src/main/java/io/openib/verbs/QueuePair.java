package io.openib.verbs;

import org.jspecify.annotations.Nullable;

/**
 * {@code struct ibv_qp}. Receives may be posted from INIT on, sends only in RTS (and in ERR, to be flushed). In ERR both
 * queues are flushed in order. A slot of the send queue is free again only when a later <em>signalled</em> completion has
 * been polled.
 */
public interface QueuePair extends AutoCloseable {
    /** 24 bits. */
    int number();

    /** RC or UD. */
    QpType type();

    /** Where it belongs. */
    ProtectionDomain protectionDomain();

    /** Completions of sends. */
    CompletionQueue sendCq();

    /** Completions of receives. */
    CompletionQueue recvCq();

    /** Null when it has a receive queue of its own. */
    @Nullable
    SharedReceiveQueue srq();

    /** What it got, at least what was asked for. */
    QpCapabilities capabilities();

    /** The state now; a failure moves it to ERR (UD sends: SQE) by itself. */
    QpState state();

    /**
     * {@code ibv_modify_qp}.
     *
     * @param attributes the mask is what was set
     * @throws VerbsException EINVAL for a move that the state machine does not have, an attribute that the move requires
     *     and that is not set, one that it does not allow, or a value out of range; the queue pair is unchanged. EAGAIN, on the software device, for
     *     a move to RESET, or then to INIT, while a peer stands in an operation on its memory, which is not the caller's till then
     */
    void modify(QpAttributes attributes);

    /** {@code ibv_query_qp}: everything that was set so far, and the state. */
    QpAttributes query();

    /**
     * A reusable request whose setters write straight into the device's form.
     *
     * @param maxSge at most {@code capabilities().maxSendSge()}
     */
    SendWorkRequest newSendRequest(int maxSge);

    /**
     * A reusable receive request.
     *
     * @param maxSge at most {@code capabilities().maxRecvSge()}
     */
    RecvWorkRequest newRecvRequest(int maxSge);

    /**
     * {@code ibv_post_send} of one request; it may be changed and used again on return.
     *
     * @return 0, or negated: ENOMEM no free slot; EINVAL wrong state, opcode, number of entries or inline length
     */
    int post(SendWorkRequest wr);

    /**
     * Posts {@code wrs[0]} to {@code wrs[n - 1]} in order.
     *
     * @return how many were posted; the negated errno of the first when that was refused already
     */
    int postChain(SendWorkRequest[] wrs, int n);

    /**
     * {@code ibv_post_recv} of one request.
     *
     * @return 0, or negated: ENOMEM no free slot; EINVAL wrong state, number of entries or a shared receive queue
     */
    int post(RecvWorkRequest wr);

    /**
     * Posts {@code wrs[0]} to {@code wrs[n - 1]} in order.
     *
     * @return how many were posted; the negated errno of the first when that was refused already
     */
    int postChain(RecvWorkRequest[] wrs, int n);

    /**
     * {@code ibv_destroy_qp}: what is still posted vanishes without completions, nothing completes any more, and no operation of a
     * peer's begins. Does not wait for a peer: what one is in the midst of, and may stand in, can still end, on the software device, in
     * memory that stays registered. Who must not have that moves the queue pair to RESET before, which waits, or closes the region. A
     * second call does nothing.
     */
    @Override
    void close();
}
