package io.openib.wireup;

/** Callback X: what a transport hears of connections that peers ask for. On the control thread; must not block. */
public interface IncomingConnections {
    /**
     * A member of the job wants a connection. The transport answers by {@link IncomingRequest#accept} or
     * {@link IncomingRequest#refuse}, now or later, from any thread. An answer after the deadline has no effect.
     *
     * <p>What becomes of an accepted request is told to Y where this side has an attempt of its own with the same peer,
     * else to {@link #onConnected} or {@link #onFailed}, never to both.
     */
    void onRequest(IncomingRequest request);

    /** An accepted request became a connection; this side had no attempt of its own. */
    void onConnected(Connection connection);

    /**
     * A request came to nothing: its deadline passed, answered or not, or it failed after it had been accepted. Not
     * called for one that was refused.
     */
    void onFailed(WireupFailure failure);

    /**
     * A connection that was reported is over, as far as the scheme can know: the peer ended it, died, or said late that
     * its side failed. Told once, and not after {@link Connection#disconnect()}. The transport retires the queue pairs.
     */
    void onDisconnected(Connection connection, WireupFailure failure);
}
