package io.openib.wireup.rdmacm;

import io.openib.wireup.PeerName;
import org.jspecify.annotations.Nullable;

/** What this side has with one peer: at most one attempt of its own, one of the peer's, one connection. */
final class Peer {
    private final PeerName name;
    private final SeenHellos seen = new SeenHellos();
    private final AttemptNumbers numbers;
    private int lastAttempt;
    private @Nullable OwnAttempt own;
    private @Nullable PeerAttempt theirs;
    private @Nullable LiveConnection connection;

    Peer(PeerName name, AttemptNumbers numbers) {
        this.name = name;
        this.numbers = numbers;
        this.lastAttempt = numbers.longGivenUp(name);
    }

    PeerName name() {
        return name;
    }

    /** Its requests so far. */
    SeenHellos seen() {
        return seen;
    }

    /** A number for a request of ours, 16 bits. */
    int nextAttempt() {
        lastAttempt = numbers.next(name);
        return lastAttempt;
    }

    /** The last number that this port has given out: what another one asks for may be under way. One that is long over before the first. */
    int lastAttempt() {
        return lastAttempt;
    }

    @Nullable
    OwnAttempt own() {
        return own;
    }

    void own(@Nullable OwnAttempt value) {
        own = value;
    }

    @Nullable
    PeerAttempt theirs() {
        return theirs;
    }

    void theirs(@Nullable PeerAttempt value) {
        theirs = value;
    }

    @Nullable
    LiveConnection connection() {
        return connection;
    }

    void connection(@Nullable LiveConnection value) {
        connection = value;
    }
}
