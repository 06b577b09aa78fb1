package io.openib.wireup;

import io.openib.wireup.HandshakeMessage.QueuePairEnd;
import io.openib.wireup.HandshakeMessage.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What this side knows of one attempt. Control thread only; {@link PeerHandshake} makes the moves. */
final class Attempt {
    private static final int PSN_BOUND = 1 << 24;

    /** So many questions in a row may be lost or still under way to a peer that is busy. */
    private static final int UNANSWERED_WHILE_BUSY = 3;

    /** How far it is. */
    enum Phase {
        /** For its turn, or for the transport's answer to the same peer's request. No queue pairs yet. */
        WAITING,
        /** Queue pairs in INIT; the peer's are not known. */
        OFFERED,
        /** Queue pairs in RTS; the peer is not known to be ready. */
        READY,
        /** As READY, past the deadline: a probe is out. */
        PROBING,
        /** Both are ready. */
        CONNECTED,
        /** Failed, or the connection is over. */
        OVER
    }

    final int id;
    final long requestedNs;
    Phase phase = Phase.WAITING;
    boolean holdsSlot;
    /** It holds one of the slots of those whose peers do not answer. */
    boolean isSilent;

    /** The peer has answered, if only that it is busy. */
    private boolean hasAnswer;

    long startNs;
    Status peerHeard = Status.NONE;
    private String trouble = "";
    private String sendProblem = "";
    private WireupFailure.Reason troubleReason = WireupFailure.Reason.TIMEOUT;

    /** How often the peer was asked again since it said that it is busy. */
    private int askedSinceBusy;

    @Nullable
    OutgoingConnection outgoing;

    @Nullable
    PeerContact contact;

    private @Nullable QueuePairSet set;
    private List<QueuePairEnd> ends = List.of();
    private @Nullable HandshakeMessage peer;
    private @Nullable Runnable deadline;
    private @Nullable Runnable repetition;

    Attempt(int id, long requestedNs) {
        this.id = id;
        this.requestedNs = requestedNs;
        this.startNs = requestedNs;
    }

    void take(QueuePairSet made, Random random) {
        set = made;
        List<QueuePairEnd> own = new ArrayList<>();
        made.queuePairs().forEach(qp -> own.add(new QueuePairEnd(qp.number(), random.nextInt(PSN_BOUND))));
        ends = List.copyOf(own);
        phase = Phase.OFFERED;
    }

    boolean hasSet() {
        return set != null;
    }

    @Nullable
    QueuePairSet set() {
        return set;
    }

    QueuePairSet requireSet() {
        QueuePairSet made = set;
        if (made == null) {
            throw new IllegalStateException("no queue pairs yet");
        }
        return made;
    }

    List<QueuePairEnd> ends() {
        return ends;
    }

    void pairWith(HandshakeMessage message) {
        peer = message;
    }

    /** What is told if it fails for want of an answer; that the peer is busy is an answer. */
    void onTrouble(WireupFailure.Reason reason, String detail) {
        trouble = detail;
        troubleReason = reason;
        askedSinceBusy = 0;
        hasAnswer |= isBusy();
    }

    /** The peer is asked again. One that was busy and does not even say so any more is silent: that it was is no reason then. */
    void onAsked() {
        askedSinceBusy++;
        if (isBusy() && askedSinceBusy > UNANSWERED_WHILE_BUSY) {
            troubleReason = WireupFailure.Reason.TIMEOUT;
        }
    }

    /** Whether the peer is busy, as it said last. */
    boolean isBusy() {
        return troubleReason == WireupFailure.Reason.BUSY;
    }

    /** What was said last is on its way, if there is no problem. */
    void onSent(String problem) {
        sendProblem = problem;
    }

    /** Why it fails if no answer comes. */
    WireupFailure.Reason troubleReason() {
        return sendProblem.isEmpty() ? troubleReason : WireupFailure.Reason.UNREACHABLE;
    }

    /** In words; empty if there is nothing to say. */
    String trouble() {
        return sendProblem.isEmpty() ? trouble : sendProblem;
    }

    /** Whether nothing has been heard of the peer since it was asked. */
    boolean isUnanswered() {
        return phase == Phase.OFFERED && !hasAnswer;
    }

    boolean isPaired() {
        return peer != null;
    }

    boolean isPairedWith(HandshakeMessage message) {
        HandshakeMessage known = peer;
        return known != null && known.generation() == message.generation() && known.attempt() == message.attempt();
    }

    /**
     * Whether a failure ends this attempt. A module whose later attempt has failed has none of the earlier ones either; of
     * another module of the same process it says nothing.
     */
    boolean isConcernedBy(HandshakeMessage failure, int age) {
        if (!isPaired()) {
            return failure.peerAttempt() == id;
        }
        if (failure.attempt() == 0) {
            return failure.peerAttempt() == id && failure.generation() == peerGeneration();
        }
        return isPairedWith(failure) || (age > 0 && !isOfAnotherPort(failure));
    }

    /** Whether it is paired with another port of the process that a message is from. */
    boolean isOfAnotherPort(HandshakeMessage message) {
        long known = peerGeneration();
        return isPaired() && known != message.generation() && Generation.isOfOneProcess(known, message.generation());
    }

    /** Of the peer's module, 0 as long as it is not known. */
    long peerGeneration() {
        HandshakeMessage known = peer;
        return known == null ? 0 : known.generation();
    }

    /** Which of the peer's modules it is with, 0 as long as that is not known. */
    int peerModule() {
        HandshakeMessage known = peer;
        return known == null ? 0 : known.from();
    }

    /** The peer's attempt, 0 as long as it is not known. */
    int peerAttempt() {
        HandshakeMessage known = peer;
        return known == null ? 0 : known.attempt();
    }

    HandshakeMessage.Offer peerOffer() {
        HandshakeMessage known = peer;
        if (known == null) {
            throw new IllegalStateException("the peer is not known yet");
        }
        return known.requireOffer();
    }

    /** What the peer is told. */
    Status status() {
        return switch (phase) {
            case WAITING -> Status.NONE;
            case OFFERED -> Status.OFFER;
            case READY, PROBING, CONNECTED -> Status.READY;
            case OVER -> Status.FAILED;
        };
    }

    void deadline(@Nullable Runnable timer) {
        if (deadline != null) {
            deadline.run();
        }
        deadline = timer;
    }

    void repetition(@Nullable Runnable timer) {
        if (repetition != null) {
            repetition.run();
        }
        repetition = timer;
    }

    void stopTimers() {
        deadline(null);
        repetition(null);
    }
}
