package io.openib.wireup;

/** One scheme on one port. Every method may be called from any thread and none waits for a peer. */
public interface WireupModule extends AutoCloseable {
    /** 0 to 100: the higher is preferred where both sides have several schemes. */
    int priority();

    /**
     * How long an attempt may take once it has begun, in milliseconds: its deadline, 1 to 86,400,000, asked for once. One that has
     * no outcome in three of them is given up, and what comes of it later does not count.
     */
    default long deadlineMs() {
        return 60_000;
    }

    /** How many bytes a {@link #contact()} may have: a scheme with more is left out. */
    int MOST_CONTACT_BYTES = 1024;

    /** What a peer's module of the same scheme needs to reach this one, up to {@value #MOST_CONTACT_BYTES} bytes; goes into the modex. */
    byte[] contact();

    /**
     * Creates a connection to a peer. Joins a request of that peer if one is under way: there is one connection, whoever
     * began. With this process's own name the queue pairs become a loop. It may wait for its turn, behind those that were asked for
     * before it.
     *
     * @param peer whom to connect to
     * @param outgoing Y: hears exactly one outcome, on the control thread, by the attempt's deadline, or by twice that where the peer
     *     leaves it half open; never from within this call
     * @return a handle to give the attempt up
     * @throws IllegalStateException if the control thread takes no more work; Y hears nothing then
     */
    PendingConnection connect(PeerContact peer, OutgoingConnection outgoing);

    /**
     * Ends all attempts with {@link WireupFailure.Reason#CLOSED}, and serves no further request. Connections stay as they
     * are; their peers are not told. Returns within two seconds at the latest; idempotent. On return no callback will
     * come any more, unless it is called from the control thread itself: then the last ones come soon after.
     */
    @Override
    void close();

    /** An attempt under way. */
    @FunctionalInterface
    interface PendingConnection {
        /**
         * Gives it up: it fails with {@link WireupFailure.Reason#CANCELLED} and the peer is told. No effect once it has
         * an outcome. One that has not begun yet does not begin: the peer hears nothing of it.
         */
        void cancel();
    }
}
