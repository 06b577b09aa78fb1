package io.openib.wireup;

import io.openib.verbs.VerbsException;
import io.openib.wireup.Attempt.Phase;
import io.openib.wireup.HandshakeMessage.Failure;
import io.openib.wireup.HandshakeMessage.Offer;
import io.openib.wireup.HandshakeMessage.Status;
import io.openib.wireup.WireupFailure.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The handshake with one peer, the same on both sides. There is at most one attempt, one request of the peer's that the
 * transport has not answered yet, and one connection.
 *
 * <p>A side makes its queue pairs and says OFFER; when it has the peer's OFFER it posts receives, moves to RTS and says
 * READY; it is connected when it holds the peer's READY. Every message tells the sender's whole state and how far it knows
 * the receiver to be; whoever sees that the other knows less than there is to know says it again. So a crossing needs no
 * rule, and loss, repetition and reordering no bookkeeping. Attempts of one module are numbered upwards: an earlier one
 * than the last seen is over and stays over.
 *
 * <p>Control thread only.
 */
final class PeerHandshake {
    private final HandshakeScope scope;
    private final Turns turns;
    private final PeerName peer;
    private @Nullable Attempt attempt;
    private final PendingRequest request;
    private final SeenAttempts seen;
    private final HeldConnection held;

    PeerHandshake(HandshakeScope scope, Turns turns, PeerName peer) {
        this.scope = scope;
        this.turns = turns;
        this.peer = peer;
        this.request = new PendingRequest(scope);
        this.seen = new SeenAttempts(scope, peer);
        this.held = new HeldConnection(scope, this, seen);
    }

    PeerName peer() {
        return peer;
    }

    private boolean isUnderWay() {
        return request.isPresent() || (attempt != null && (attempt.holdsSlot || attempt.phase != Phase.WAITING));
    }

    /** Whether a request of the peer's keeps this side busy, beyond attempts of its own. */
    boolean isAsked() {
        return request.isPresent() || (attempt != null && !attempt.holdsSlot && attempt.phase != Phase.WAITING);
    }

    /**
     * An attempt of this side's that may now wait for its turn, or that has joined one of the peer's.
     *
     * @return null if there is one already
     */
    @Nullable
    Attempt prepare(PeerContact contact, OutgoingConnection outgoing, long requestedNs) {
        Attempt current = attempt;
        if (current == null) {
            current = new Attempt(scope.nextAttempt(), requestedNs);
            attempt = current;
        } else if (current.outgoing != null) {
            return null;
        }
        current.outgoing = outgoing;
        current.contact = contact;
        return current;
    }

    /** The attempt has its turn. */
    void begin(Attempt begun) {
        if (begun.phase != Phase.WAITING) {
            return;
        }
        held.retire();
        startDeadline(begun);
        if (!request.isPresent()) {
            offer(begun);
        }
    }

    private void startDeadline(Attempt begun) {
        begun.startNs = scope.control().nanoTime();
        begun.deadline(scope.control().schedule(scope.settings().timeoutMs(), () -> onDeadline(begun)));
    }

    private void offer(Attempt begun) {
        try {
            begun.take(scope.port().createQueuePairs(peer), scope.random());
        } catch (VerbsException e) {
            fail(begun, Reason.DEVICE, "no queue pairs: " + e.getMessage());
            return;
        }
        scope.sendState(peer, begun);
        scope.repeat(peer, begun);
    }

    void cancel(Attempt cancelled) {
        if (cancelled == attempt) {
            fail(cancelled, Reason.CANCELLED, "the attempt was cancelled");
        }
    }

    /** The carrier has trouble with the peer; it is told if the attempt fails for want of an answer. */
    void onTrouble(Reason reason, String detail) {
        if (attempt != null) {
            attempt.onTrouble(reason, detail);
        }
    }

    /** The peer takes no messages any more: who has not answered will not. */
    void onGone(String detail) {
        if (attempt != null && attempt.phase == Phase.OFFERED) {
            fail(attempt, Reason.UNREACHABLE, detail + "; its process has ended, or has closed its transport");
            turns.settle(this);
        }
    }

    /** Unless the peer is busy: it ends the way on purpose then, and is not to be asked before its time. */
    void repeatNow() {
        if (attempt != null && attempt.hasSet() && !attempt.isBusy()) {
            scope.sendState(peer, attempt);
        }
    }

    void onMessage(HandshakeMessage message) {
        int age = seen.age(message);
        if (message.peerAttempt() != 0 && mine(message.peerAttempt()) == null) {
            seen.answerOfThePast(message);
        } else if (message.status() == Status.FAILED) {
            onFailure(message, age);
        } else if (age >= 0) {
            onOffer(message, age);
        }
        turns.settle(this);
    }

    /** Whether it answers an attempt that is over, or is of one of the peer's that is. */
    boolean isOfThePast(HandshakeMessage message) {
        return message.peerAttempt() == 0 ? seen.isOver(message) : mine(message.peerAttempt()) == null;
    }

    private @Nullable Attempt mine(int id) {
        if (attempt != null && attempt.id == id) {
            return attempt;
        }
        Attempt connected = held.attempt();
        return connected != null && connected.id == id ? connected : null;
    }

    private void onOffer(HandshakeMessage message, int age) {
        if (held.isPairedWith(message)) {
            held.onAnswer(message);
            return;
        }
        if (attempt != null && attempt.isPairedWith(message)) {
            progress(attempt, message);
            return;
        }
        if (age == 0 && seen.isJudged(message)) {
            seen.repeatVerdict(message);
            return;
        }
        if (isToWaitFor(message)) {
            return; // it is repeated
        }
        if (answersForAnotherPort(message)) {
            seen.see(message);
            seen.conclude(
                    message, message.peerAttempt(), Reason.PEER_FAILED, "another port of the same process has asked");
            scope.carrier().finished(peer, message.from());
            return;
        }
        if (attempt != null && attempt.isPaired()) {
            fail(attempt, Reason.PEER_FAILED, "the peer has begun anew");
        }
        if (message.peerAttempt() != 0 && mine(message.peerAttempt()) == null) {
            seen.see(message);
            seen.conclude(message, ownId(), Reason.PEER_FAILED, "it answers an attempt that is over");
            return;
        }
        if (!isUnderWay() && !turns.mayAsk(this)) {
            seen.sayBusy(message, "too many attempts at a time", false);
            return;
        }
        seen.seeOffer(message);
        List<String> differences =
                message.requireOffer().configuration().differences(scope.port().configuration());
        if (!differences.isEmpty()) {
            onDifference(message, String.join("; ", differences));
        } else if (attempt != null && attempt.hasSet() && attempt.id == message.peerAttempt() && !request.isPresent()) {
            pair(attempt, message);
        } else {
            ask(message);
        }
    }

    /** It answers an attempt that another port of the same process has taken, by asking at the same time. */
    private boolean answersForAnotherPort(HandshakeMessage message) {
        Attempt answered = message.peerAttempt() == 0 ? null : mine(message.peerAttempt());
        return answered != null && answered.isOfAnotherPort(message);
    }

    /** It answers this side's attempt, which is about to serve the request of another port of the same process. */
    private boolean isToWaitFor(HandshakeMessage message) {
        return attempt != null
                && attempt.id == message.peerAttempt()
                && request.isPresent()
                && request.message().peerAttempt() == 0
                && request.message().generation() != message.generation();
    }

    private void onDifference(HandshakeMessage message, String told) {
        EffectiveConfiguration theirs = message.requireOffer().configuration();
        String here = String.join("; ", scope.port().configuration().differences(theirs));
        boolean wasAsked = request.isPresent();
        request.end();
        seen.conclude(message, ownId(), Reason.CONFIGURATION, told);
        if (attempt != null) {
            fail(attempt, Reason.CONFIGURATION, here);
        } else if (wasAsked) {
            scope.incoming().onFailed(scope.describe(peer, null, Reason.CONFIGURATION, here));
        }
    }

    private void ask(HandshakeMessage message) {
        if (request.isPresent()) {
            request.update(message);
            return;
        }
        QueuePairSet ownSet = attempt == null ? null : attempt.set();
        HandshakeRequest asked = new HandshakeRequest(this, scope.control(), message, held.connection(), ownSet);
        request.begin(asked, this::onUnanswered);
        scope.incoming().onRequest(asked);
    }

    void onAccepted(HandshakeRequest asked, QueuePairSet set) {
        if (!request.is(asked)) {
            boolean isInUse = (attempt != null && attempt.set() == set) || held.set() == set;
            if (!isInUse) {
                set.discard();
            }
            return;
        }
        request.end();
        held.retireFor(asked.message());
        Attempt accepted = attempt;
        if (accepted == null) {
            accepted = new Attempt(scope.nextAttempt(), scope.control().nanoTime());
            attempt = accepted;
        }
        if (!accepted.hasSet()) {
            if (accepted.phase == Phase.WAITING && !accepted.holdsSlot) {
                startDeadline(accepted);
            }
            accepted.take(set, scope.random());
            scope.repeat(peer, accepted);
        }
        pair(accepted, asked.message());
        turns.settle(this);
    }

    void onRefused(HandshakeRequest asked, String reason) {
        if (!request.is(asked)) {
            return;
        }
        request.end();
        seen.conclude(asked.message(), ownId(), Reason.REFUSED, "refused: " + reason);
        if (attempt != null) {
            fail(attempt, Reason.REFUSED, "this side refused the peer's request: " + reason);
        }
        turns.settle(this);
    }

    void onDeferred(HandshakeRequest asked) {
        if (request.is(asked)) {
            request.end();
            boolean hasOwn = attempt != null && (attempt.hasSet() || attempt.holdsSlot);
            seen.sayBusy(asked.message(), "not now", hasOwn);
            goOn();
            turns.settle(this);
        }
    }

    private void onUnanswered(HandshakeRequest asked) {
        if (!request.is(asked)) {
            return;
        }
        String text = "the transport did not answer the request within "
                + scope.settings().timeoutMs() + " ms";
        dropRequest(Reason.TIMEOUT, text);
        seen.conclude(asked.message(), ownId(), Reason.TIMEOUT, text);
        turns.settle(this);
    }

    /** The request is void; X hears it unless there is an attempt of this side's, which goes on by itself. */
    private void dropRequest(Reason reason, String text) {
        request.end();
        if (attempt == null) {
            scope.incoming().onFailed(scope.describe(peer, null, reason, text));
        }
        goOn();
    }

    /** An attempt of this side's waited for the answer to the peer's request, which will not come. */
    private void goOn() {
        if (attempt != null && attempt.phase == Phase.WAITING && attempt.holdsSlot) {
            offer(attempt);
        }
    }

    private int ownId() {
        return attempt == null ? 0 : attempt.id;
    }

    private void pair(Attempt current, HandshakeMessage message) {
        current.pairWith(message);
        scope.endUnlessWanted(peer, current);
        Offer offer = message.requireOffer();
        if (offer.ends().size() != current.ends().size()) {
            String sizes = current.ends().size() + " queue pairs here and "
                    + offer.ends().size() + " there";
            fail(current, Reason.CONFIGURATION, sizes);
            return;
        }
        QueuePairSet set = current.requireSet();
        try {
            set.toReadyToSend(scope.paths(current, offer));
        } catch (VerbsException e) {
            fail(current, Reason.DEVICE, e.getMessage() == null ? e.toString() : e.getMessage());
            return;
        }
        current.phase = Phase.READY;
        set.onFirstCompletion(() -> scope.control().execute(() -> onSignOfLife(current)));
        progress(current, message);
    }

    private void progress(Attempt current, HandshakeMessage message) {
        if (message.heard().compareTo(current.peerHeard) > 0) {
            current.peerHeard = message.heard();
        }
        if (message.status() == Status.READY) {
            connected(current);
        } else if (message.heard() != Status.READY) {
            scope.sendState(peer, current);
        }
    }

    /** The peer's queue pairs have shown that they can receive. */
    private void onSignOfLife(Attempt current) {
        if (current == attempt && (current.phase == Phase.READY || current.phase == Phase.PROBING)) {
            connected(current);
            turns.settle(this);
        }
    }

    private void connected(Attempt current) {
        current.stopTimers();
        current.phase = Phase.CONNECTED;
        scope.sendState(peer, current);
        attempt = null;
        HandshakeConnection made = new HandshakeConnection(this, scope, peer, current);
        turns.release(current);
        held.hold(made);
        scope.tellConnected(current, made);
    }

    private void onDeadline(Attempt current) {
        switch (current.phase) {
            case WAITING -> fail(current, Reason.TIMEOUT, "the transport has not answered the peer's request");
            case OFFERED -> fail(current, current.troubleReason(), scope.silence(current));
            case READY -> {
                current.phase = Phase.PROBING;
                current.deadline(
                        scope.control().schedule(scope.settings().timeoutMs(), () -> onProbed(current, false)));
                current.requireSet()
                        .probe(hasSucceeded -> scope.control().execute(() -> onProbed(current, hasSucceeded)));
            }
            case PROBING, CONNECTED, OVER -> {
                // it has its own timer, or none
            }
        }
        turns.settle(this);
    }

    private void onProbed(Attempt current, boolean hasSucceeded) {
        if (current != attempt || current.phase != Phase.PROBING) {
            return;
        }
        if (hasSucceeded) {
            connected(current);
        } else {
            fail(
                    current,
                    Reason.TIMEOUT,
                    "the peer was not ready within the deadline, and its queue pair does not answer");
        }
        turns.settle(this);
    }

    private void onFailure(HandshakeMessage message, int age) {
        if (age < 0 && message.attempt() != 0) {
            return;
        }
        Failure told = message.failure();
        Reason reason = told == null ? Reason.PEER_FAILED : told.reason();
        String text = "the peer says: " + (told == null ? "failed" : told.text());
        if (reason == Reason.BUSY && message.attempt() == 0) {
            onTrouble(reason, text);
            return;
        }
        Attempt current = attempt;
        if (message.attempt() != 0) {
            boolean isPending = request.isOf(message.generation());
            if (age > 0) {
                seen.see(message);
            }
            if (!held.isPairedWith(message)) {
                seen.endUnlessJudged(message);
            }
            if (isPending) {
                dropRequest(reason, text);
            }
        }
        if (current != null && current == attempt && current.isConcernedBy(message, age)) {
            fail(current, reason, text);
        } else {
            held.onFailure(message, age, text);
        }
    }

    /** The attempt is over: the peer is told, and Y or X, whatever goes wrong before that. */
    void fail(Attempt failed, Reason reason, String text) {
        boolean wasAccepted = failed.phase != Phase.WAITING;
        failed.stopTimers();
        failed.phase = Phase.OVER;
        attempt = null;
        try {
            tellPeer(failed, wasAccepted, reason, text);
            discardSet(failed, reason, text);
        } finally {
            turns.release(failed);
            scope.tellFailed(failed, scope.describe(peer, failed.contact, reason, text));
        }
    }

    private void tellPeer(Attempt failed, boolean wasAccepted, Reason reason, String text) {
        HandshakeMessage last = scope.failure(peer, failed, reason, text);
        if (failed.isPaired()) {
            seen.judge(failed.peerGeneration(), last);
        }
        if (wasAccepted) {
            scope.send(last, null);
            scope.finished(peer, failed);
        }
    }

    private void discardSet(Attempt failed, Reason reason, String text) {
        QueuePairSet set = failed.set();
        if (set != null) {
            voidRequest(reason, text);
            set.discard();
        }
    }

    /** A request that will not be accepted: with the set of an attempt that is over, or at all. */
    private void voidRequest(Reason reason, String text) {
        if (request.isPresent()) {
            seen.conclude(request.take(), ownId(), reason, text);
        }
    }

    /** The connection is over and the transport does not know yet. */
    void onLost(HandshakeConnection lost, String text) {
        held.lose(lost, text);
    }

    void onDisconnect(HandshakeConnection ended) {
        held.disconnect(ended);
    }

    /** The module closes. */
    void close() {
        boolean isAskedAlone = request.isPresent() && attempt == null;
        voidRequest(Reason.CLOSED, "the process is closing");
        if (isAskedAlone) {
            scope.incoming().onFailed(scope.describe(peer, null, Reason.CLOSED, "the module is closing"));
        }
        if (attempt != null) {
            fail(attempt, Reason.CLOSED, "the module is closing");
        }
        held.stop();
    }
}
