package io.openib.wireup;

/** Connected queue pairs, and what the scheme still holds for them. Methods may be called from any thread. */
public interface Connection extends AutoCloseable {
    /** With whom. */
    PeerName peer();

    /** The peer's port at the other end: its {@link WireupPort#index()} there, as the peer told. */
    int peerPort();

    /** The name of the scheme that made it. */
    String scheme();

    /** The queue pairs, in RTS. They are the transport's from now on: the scheme does not touch them again. */
    QueuePairSet queuePairs();

    /** What both sides agreed on. */
    EffectiveConfiguration agreed();

    /** From the start of the attempt, here, to the report, in nanoseconds. */
    long durationNs();

    /**
     * Ends it: the peer is told where the scheme has a way to tell. The queue pairs are left to the transport, which
     * moves them to ERR, drains and destroys them. Idempotent.
     */
    void disconnect();

    /** Disconnects if need be, and releases what the scheme still holds. Called when the queue pairs are destroyed. */
    @Override
    void close();
}
