package io.openib.wireup;

import io.openib.wireup.WireupFailure.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The peer's attempts as far as this side has seen them. Each of its modules, of which it may have one a port, has a
 * {@link Generation} of its own, in which a greater number is a later attempt. Of the last one of each this keeps how it
 * ended here, to say it again. The peer has one attempt under way at a time: the offer of one module ends those of the
 * others. What is forgotten, of an earlier process or because there are too many, stays old. Control thread only.
 */
final class SeenAttempts {
    /** Far more than a process has ports. */
    static final int MOST_MODULES = 64;

    /** The last attempt of one of the peer's modules. */
    private static final class Last {
        private final int module;
        private final int attempt;
        private @Nullable HandshakeMessage verdict;

        Last(HandshakeMessage message) {
            this.module = message.from();
            this.attempt = message.attempt();
        }
    }

    private final HandshakeScope scope;
    private final PeerName peer;
    /** By generation, that of the latest use last. */
    private final Map<Long, Last> lastOfModule = new LinkedHashMap<>();
    /** What is not after this one, and not known, may have been forgotten. */
    private long forgotten = Long.MIN_VALUE;

    SeenAttempts(HandshakeScope scope, PeerName peer) {
        this.scope = scope;
        this.peer = peer;
    }

    /** Below zero: of an attempt before the last one seen of that module; zero: of that one; above: of a new one. */
    int age(HandshakeMessage message) {
        Last last = lastOfModule.get(message.generation());
        if (last == null) {
            return message.generation() > forgotten ? 1 : -1;
        }
        return Integer.compareUnsigned(message.attempt(), last.attempt);
    }

    void see(HandshakeMessage message) {
        long generation = message.generation();
        if (Generation.before(generation) > forgotten) {
            lastOfModule.clear();
            forgotten = Generation.before(generation);
        }
        lastOfModule.remove(generation);
        lastOfModule.put(generation, new Last(message));
        if (lastOfModule.size() > MOST_MODULES) {
            long unused = lastOfModule.keySet().iterator().next();
            lastOfModule.remove(unused);
            forgotten = Math.max(forgotten, unused);
        }
    }

    /** As {@link #see}, of an offer: what other modules of the peer's have offered before, and still might, is over. */
    void seeOffer(HandshakeMessage offer) {
        see(offer);
        lastOfModule.forEach((generation, last) -> {
            if (generation != offer.generation()) {
                endUnlessJudged(last, "another port of the same process has begun anew");
            }
        });
    }

    /** The peer has ended the last one of the message's module itself. */
    void endUnlessJudged(HandshakeMessage message) {
        Last last = lastOfModule.get(message.generation());
        if (last != null) {
            endUnlessJudged(last, "the attempt is over");
        }
    }

    private void endUnlessJudged(Last last, String text) {
        if (last.verdict == null) {
            last.verdict = scope.failure(peer, last.module, 0, last.attempt, Reason.PEER_FAILED, text);
        }
    }

    /** Whether a message is of one that is over. */
    boolean isOver(HandshakeMessage message) {
        int age = age(message);
        return age < 0 || (age == 0 && isJudged(message));
    }

    /** Whether the last one of the message's module is over here. */
    boolean isJudged(HandshakeMessage message) {
        return verdict(message) != null;
    }

    private @Nullable HandshakeMessage verdict(HandshakeMessage message) {
        Last last = lastOfModule.get(message.generation());
        return last == null ? null : last.verdict;
    }

    /** Keeps how an attempt of the peer's module of that generation ended, if it is still the last one. */
    void judge(long generation, HandshakeMessage failure) {
        Last last = lastOfModule.get(generation);
        if (last != null && last.attempt == failure.peerAttempt()) {
            last.verdict = failure;
        }
    }

    /** Says how the last one of the message's module ended. */
    void repeatVerdict(HandshakeMessage message) {
        HandshakeMessage verdict = verdict(message);
        if (verdict != null) {
            scope.send(verdict, null);
        }
    }

    /** Nothing comes of an attempt of the peer's: says so, now and whenever it comes again. */
    void conclude(HandshakeMessage message, int own, Reason reason, String text) {
        HandshakeMessage failure = scope.failure(peer, message.from(), own, message.attempt(), reason, text);
        judge(message.generation(), failure);
        scope.send(failure, null);
    }

    /** What it answers is over here, or was never an attempt of this module's; nothing is learnt from it. */
    void answerOfThePast(HandshakeMessage message) {
        if (message.status() != HandshakeMessage.Status.FAILED) {
            String text = "attempt " + message.peerAttempt() + " is over";
            scope.send(scope.failure(peer, message.from(), 0, message.attempt(), Reason.PEER_FAILED, text), null);
        }
    }

    /**
     * Nothing comes of it now; it may be repeated. Until then no way is kept, since of such peers there may be any number.
     *
     * @param isWayNeeded for something else
     */
    void sayBusy(HandshakeMessage message, String text, boolean isWayNeeded) {
        scope.send(scope.failure(peer, message.from(), 0, message.attempt(), Reason.BUSY, text), null);
        if (!isWayNeeded) {
            scope.carrier().finished(peer, message.from());
        }
    }
}
