package io.openib.wireup;

/** What a transport does for a set of queue pairs that it made. Called on the control thread; must not block. */
public interface QueuePairOwner {
    /**
     * Posts the receives of every queue pair of the set, which are in INIT. Called once, by
     * {@link QueuePairSet#postReceives()}.
     *
     * @throws io.openib.verbs.VerbsException if one cannot be posted
     */
    void postReceives(QueuePairSet set);

    /**
     * Posts a zero-byte RDMA WRITE on the first queue pair of the set, which are in RTS, and waits for its completion
     * without blocking.
     *
     * @param answer to be called exactly once, from any thread: whether it succeeded; at the latest when the queue pair
     *     has given up its retries or was moved to ERR
     */
    void probe(QueuePairSet set, ProbeAnswer answer);

    /** Takes a set that came to nothing: its queue pairs are in ERR, and are to be drained and destroyed. */
    void discard(QueuePairSet set);

    /** Hears how a probe ended. */
    @FunctionalInterface
    interface ProbeAnswer {
        /** Whether the peer's queue pair answered. */
        void onAnswer(boolean hasSucceeded);
    }
}
