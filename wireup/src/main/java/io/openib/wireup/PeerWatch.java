package io.openib.wireup;

import io.openib.wireup.HandshakeMessage.Status;
import org.jspecify.annotations.Nullable;

/**
 * Looks after a fresh connection until the peer is known to have it as well: answers its late messages, and when it has not
 * confirmed by the deadline, and once more by twice the deadline, asks its queue pair. Control thread only.
 */
final class PeerWatch {
    private static final int CHECKS = 2;

    private final HandshakeScope scope;
    private final PeerHandshake owner;
    private @Nullable HandshakeConnection watched;
    private @Nullable Runnable timer;

    PeerWatch(HandshakeScope scope, PeerHandshake owner) {
        this.scope = scope;
        this.owner = owner;
    }

    void start(HandshakeConnection connection) {
        stop();
        watched = connection;
        if (connection.attempt().peerHeard == Status.READY) {
            confirm(connection);
        } else {
            check(connection, CHECKS);
        }
    }

    void stop() {
        if (timer != null) {
            timer.run();
            timer = null;
        }
        watched = null;
    }

    private void confirm(HandshakeConnection connection) {
        stop();
        scope.finished(owner.peer(), connection.attempt());
    }

    /** A message of the connection's own attempt: says again what the peer does not know. */
    void onAnswer(HandshakeConnection connection, HandshakeMessage message) {
        if (message.heard() != Status.READY) {
            scope.sendState(owner.peer(), connection.attempt());
        } else if (watched == connection) {
            connection.attempt().peerHeard = Status.READY;
            confirm(connection);
        }
    }

    private void check(HandshakeConnection connection, int left) {
        timer = scope.control().schedule(scope.settings().timeoutMs(), () -> {
            timer = null;
            if (left == 0) {
                confirm(connection);
                return;
            }
            connection.queuePairs().probe(hasSucceeded -> scope.control()
                    .execute(() -> onProbed(connection, hasSucceeded)));
            check(connection, left - 1);
        });
    }

    private void onProbed(HandshakeConnection connection, boolean hasSucceeded) {
        if (watched == connection && !hasSucceeded) {
            owner.onLost(connection, "the peer never confirmed it, and its queue pair does not answer");
        }
    }
}
