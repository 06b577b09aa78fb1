package io.openib.wireup;

import io.openib.wireup.WireupFailure.Reason;
import org.jspecify.annotations.Nullable;

/** The connection with one peer, if there is one, from the handshake that made it to its end. Control thread only. */
final class HeldConnection {
    private final HandshakeScope scope;
    private final PeerName peer;
    private final SeenAttempts seen;
    private final PeerWatch watch;
    private @Nullable HandshakeConnection connection;

    HeldConnection(HandshakeScope scope, PeerHandshake owner, SeenAttempts seen) {
        this.scope = scope;
        this.peer = owner.peer();
        this.seen = seen;
        this.watch = new PeerWatch(scope, owner);
    }

    @Nullable
    HandshakeConnection connection() {
        return connection;
    }

    /** That made it; null without one. */
    @Nullable
    Attempt attempt() {
        HandshakeConnection held = connection;
        return held == null ? null : held.attempt();
    }

    /** The set that is in use; null without a connection. */
    @Nullable
    QueuePairSet set() {
        HandshakeConnection held = connection;
        return held == null ? null : held.queuePairs();
    }

    boolean isPairedWith(HandshakeMessage message) {
        HandshakeConnection held = connection;
        return held != null && held.attempt().isPairedWith(message);
    }

    void hold(HandshakeConnection made) {
        connection = made;
        watch.start(made);
    }

    /** A message of the connection's own attempt. */
    void onAnswer(HandshakeMessage message) {
        HandshakeConnection held = connection;
        if (held != null) {
            watch.onAnswer(held, message);
        }
    }

    /** The peer says that something has failed. */
    void onFailure(HandshakeMessage message, int age, String text) {
        HandshakeConnection held = connection;
        if (held != null && held.attempt().isConcernedBy(message, age)) {
            lose(held, text);
        }
    }

    /** It is over and the transport does not know yet. */
    void lose(HandshakeConnection lost, String text) {
        if (lost.end()) {
            forget(lost, text);
            scope.incoming().onDisconnected(lost, scope.lost(peer, text));
        }
    }

    /** The transport has ended it. */
    void disconnect(HandshakeConnection ended) {
        if (connection == ended) {
            HandshakeMessage last = forget(ended, "disconnected");
            scope.send(last, null);
            scope.finished(peer, ended.attempt());
        }
    }

    /** The transport replaces it and need not be told. */
    void retire() {
        HandshakeConnection replaced = connection;
        if (replaced != null) {
            replaced.end();
            forget(replaced, "replaced");
        }
    }

    /** The same for a request of the peer's; another port of the peer's than that one's may not know of it. */
    void retireFor(HandshakeMessage request) {
        HandshakeConnection replaced = connection;
        if (replaced != null && replaced.attempt().isOfAnotherPort(request)) {
            replaced.end();
            disconnect(replaced);
        } else {
            retire();
        }
    }

    private HandshakeMessage forget(HandshakeConnection ended, String text) {
        stop();
        connection = null;
        Attempt was = ended.attempt();
        was.phase = Attempt.Phase.OVER;
        HandshakeMessage last = scope.failure(peer, was, Reason.DISCONNECTED, text);
        seen.judge(was.peerGeneration(), last);
        return last;
    }

    /** It is looked after no longer. */
    void stop() {
        watch.stop();
    }
}
