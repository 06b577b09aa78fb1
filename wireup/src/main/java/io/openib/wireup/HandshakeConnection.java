package io.openib.wireup;

import java.util.concurrent.atomic.AtomicBoolean;

/** A connection that the handshake made. */
final class HandshakeConnection implements Connection {
    private final PeerHandshake owner;
    private final HandshakeScope scope;
    private final Attempt attempt;
    private final PeerName peer;
    private final EffectiveConfiguration agreed;
    private final long durationNs;
    private final AtomicBoolean isOver = new AtomicBoolean();

    HandshakeConnection(PeerHandshake owner, HandshakeScope scope, PeerName peer, Attempt attempt) {
        this.owner = owner;
        this.scope = scope;
        this.peer = peer;
        this.attempt = attempt;
        this.agreed = scope.port().configuration().agreeWith(attempt.peerOffer().configuration());
        this.durationNs = scope.control().nanoTime() - attempt.requestedNs;
    }

    Attempt attempt() {
        return attempt;
    }

    /** Whether this call ended it. */
    boolean end() {
        return isOver.compareAndSet(false, true);
    }

    boolean isOver() {
        return isOver.get();
    }

    @Override
    public PeerName peer() {
        return peer;
    }

    @Override
    public int peerPort() {
        return attempt.peerOffer().port();
    }

    @Override
    public String scheme() {
        return scope.settings().scheme();
    }

    @Override
    public QueuePairSet queuePairs() {
        return attempt.requireSet();
    }

    @Override
    public EffectiveConfiguration agreed() {
        return agreed;
    }

    @Override
    public long durationNs() {
        return durationNs;
    }

    @Override
    public void disconnect() {
        if (end()) {
            scope.control().execute(() -> owner.onDisconnect(this));
        }
    }

    @Override
    public void close() {
        disconnect();
    }

    @Override
    public String toString() {
        return "connection to " + peer + " by " + scheme();
    }
}
