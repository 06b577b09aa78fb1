package io.openib.wireup;

import java.util.Optional;

/** A peer's request for a connection. Methods may be called from any thread; only the first answer counts. */
public interface IncomingRequest {
    /** Who asks; it holds the job's secret. */
    PeerName peer();

    /** What the peer effectively runs with; it fits this side's. */
    EffectiveConfiguration configuration();

    /**
     * The connection with this peer that the peer no longer has. When the request is accepted it is over, without
     * {@link IncomingConnections#onDisconnected}; the transport retires its queue pairs.
     */
    Optional<Connection> replaces();

    /**
     * The set of this side's own attempt, when both began: it is the one to accept with. While a request waits for its
     * answer, an own attempt that begins makes no set, so this does not change.
     */
    Optional<QueuePairSet> ownSet();

    /** Whether an answer still counts: the peer may have given up, or asked by another way, since. On the control thread. */
    default boolean isOpen() {
        return true;
    }

    /**
     * Admits the peer.
     *
     * @param set {@link #ownSet()} where there is one, else a new one; after the deadline or another answer it is {@linkplain
     *     QueuePairSet#discard() discarded}, unless it is the set that the request was accepted with
     * @throws IllegalArgumentException if there is an own set and it is not this one
     */
    void accept(QueuePairSet set);

    /**
     * Turns the peer away; it learns the reason.
     *
     * @param reason one clause for people, up to 200 characters
     */
    void refuse(String reason);

    /**
     * Not now: the peer asks again within its deadline, and then there is a new request. Nothing is told to X or Y. A
     * scheme without a word for it refuses.
     */
    default void defer() {
        refuse("not now");
    }
}
