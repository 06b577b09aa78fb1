package io.openib.wireup;

import io.openib.wireup.WireupFailure.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The peer's attempts as far as this side has seen them: a later generation comes after an earlier one, and within it a
 * greater number. Of the last one it keeps how it ended here, to say it again. Control thread only.
 */
final class SeenAttempts {
    private final HandshakeScope scope;
    private final PeerName peer;
    private long generation = Long.MIN_VALUE;
    private int attempt;
    private @Nullable HandshakeMessage verdict;

    SeenAttempts(HandshakeScope scope, PeerName peer) {
        this.scope = scope;
        this.peer = peer;
    }

    /** Below zero: of an attempt before the last one seen; zero: of that one; above: of a new one. */
    int age(HandshakeMessage message) {
        int age = Long.compare(message.generation(), generation);
        return age != 0 ? age : Integer.compareUnsigned(message.attempt(), attempt);
    }

    void see(HandshakeMessage message) {
        generation = message.generation();
        attempt = message.attempt();
        verdict = null;
    }

    /** Whether a message is of one that is over. */
    boolean isOver(HandshakeMessage message) {
        int age = age(message);
        return age < 0 || (age == 0 && isJudged());
    }

    /** Whether the last one seen is over here. */
    boolean isJudged() {
        return verdict != null;
    }

    /** Keeps how an attempt of the peer's ended, if it is still the last one. */
    void judge(HandshakeMessage failure) {
        if (failure.peerAttempt() == attempt) {
            verdict = failure;
        }
    }

    /** Says how the last one ended. */
    void repeatVerdict() {
        if (verdict != null) {
            scope.send(verdict, null);
        }
    }

    /** Nothing comes of an attempt of the peer's: says so, now and whenever it comes again. */
    void conclude(HandshakeMessage message, int own, Reason reason, String text) {
        HandshakeMessage failure = scope.failure(peer, own, message.attempt(), reason, text);
        judge(failure);
        scope.send(failure, null);
    }

    /** What it answers is over here, or was never an attempt of this module's; nothing is learnt from it. */
    void answerOfThePast(HandshakeMessage message) {
        if (message.status() != HandshakeMessage.Status.FAILED) {
            String text = "attempt " + message.peerAttempt() + " is over";
            scope.send(scope.failure(peer, 0, message.attempt(), Reason.PEER_FAILED, text), null);
        }
    }

    /** Nothing comes of it now; it may be repeated. */
    void sayBusy(HandshakeMessage message, String text) {
        scope.send(scope.failure(peer, 0, message.attempt(), Reason.BUSY, text), null);
    }
}
