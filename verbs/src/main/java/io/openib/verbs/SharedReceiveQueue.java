package io.openib.verbs;

/** {@code struct ibv_srq}: receives that many queue pairs draw from. */
public interface SharedReceiveQueue extends AutoCloseable {
    /** Where it belongs. */
    ProtectionDomain protectionDomain();

    /** Receives that it holds at most. */
    int maxWr();

    /** Scatter entries that a receive may have. */
    int maxSge();

    /**
     * {@code ibv_modify_srq}: arms the limit. When fewer receives than this are left, SRQ_LIMIT_REACHED is raised once.
     *
     * @param receives 0 disarms
     * @throws VerbsException EINVAL above {@link #maxWr()}
     */
    void armLimit(int receives);

    /** The armed limit, 0 when none. */
    int limit();

    /** A reusable receive request for this queue. */
    RecvWorkRequest newRecvRequest(int sges);

    /**
     * {@code ibv_post_srq_recv}.
     *
     * @return 0, or negated: ENOMEM no free slot; EINVAL number of entries
     */
    int post(RecvWorkRequest wr);

    /**
     * Posts {@code wrs[0]} to {@code wrs[n - 1]} in order.
     *
     * @return how many were posted; the negated errno of the first when that was refused already
     */
    int postChain(RecvWorkRequest[] wrs, int n);

    /**
     * {@code ibv_destroy_srq}.
     *
     * @throws VerbsException EBUSY while a queue pair uses it
     */
    @Override
    void close();
}
