package io.openib.wireup.rdmacm;

import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.WireupFailure.Reason;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection that this side asked for: tries with its own requests, or yields to the peer's, until one of them connects,
 * its retries are used up or the deadline passes. Control thread only.
 */
final class OwnAttempt implements ActiveLeg.Owner, AttemptClock.Owner {
    private static final int MAX_BACKOFF_FACTOR = 16;
    private static final int CROSSED_PATIENCE = 4;
    private static final int NOBODY = -1;

    private final CmWireup wireup;
    private final Peer peer;
    private final InetSocketAddress address;
    private final PrivateData privateData;
    private final EffectiveConfiguration agreed;
    private final OutgoingConnection outcome;
    private final long startNs;
    private final List<ActiveLeg> legs = new ArrayList<>();
    private final List<ActiveLeg> connected = new ArrayList<>();
    private final AttemptClock clock;
    private @Nullable QueuePairSet set;
    private @Nullable PeerAttempt yieldedTo;
    private @Nullable Runnable backoff;
    private boolean isSpoilt;
    private boolean isOver;
    private boolean isCrossed;
    private boolean isPutOff;
    private final PortPatience patience;
    private boolean isXAsked;
    private boolean hasWithdrawn;
    /** Since when which life of the peer waits for our request, having been told to. */
    private long awaitedSinceNs;

    private int awaitedBy = NOBODY;

    private int number;
    private int triesMade;
    /** Tries that came to nothing, but for those that the peer put off. */
    private int failures;

    private String lastTrouble = "the peer has not answered";

    OwnAttempt(
            CmWireup wireup,
            Peer peer,
            InetSocketAddress address,
            EffectiveConfiguration agreed,
            OutgoingConnection outcome) {
        this.wireup = wireup;
        this.peer = peer;
        this.address = address;
        this.privateData = wireup.privateDataTo(address);
        this.agreed = agreed;
        this.outcome = outcome;
        startNs = wireup.control().nanoTime();
        clock = new AttemptClock(wireup.control(), wireup.terms().deadlineMs(), this);
        patience = new PortPatience(wireup.terms().deadlineMs());
    }

    /** It has to wait for its turn, which does not count. */
    void onInLine() {
        clock.onInLine();
    }

    /**
     * One try: a set, and a request for each exchange. While the port is down it waits for that, for a part of its time: nobody would
     * hear a request, and the connection manager of rxe (Linux 6.1) is deaf from then on once it has sent one (docs/devices.md).
     */
    void start() {
        clock.onTurn();
        String trouble = wireup.watch().trouble();
        if (!trouble.isEmpty()) {
            awaitPort(trouble);
            return;
        }
        patience.renew();
        triesMade++;
        number = peer.nextAttempt();
        isCrossed = false;
        try {
            QueuePairSet fresh = takeSet();
            Terms terms = wireup.terms();
            for (int first = 0; first < terms.queues(); first += terms.queuesPerExchange()) {
                legs.add(newLeg(fresh, first));
            }
            for (ActiveLeg leg : List.copyOf(legs)) {
                leg.start(wireup.source(), address);
            }
        } catch (VerbsException e) {
            fail(Reason.DEVICE, String.valueOf(e.getMessage()));
        }
    }

    private void awaitPort(String trouble) {
        if (patience.isOver(wireup.control().nanoTime())) {
            fail(Reason.UNREACHABLE, trouble);
            return;
        }
        lastTrouble = trouble;
        backoff = wireup.control().schedule(PortWatch.LOOK_MS, this::askAgain);
    }

    /**
     * Whether a request of ours is to connect, and the peer's that crosses it, and would yield to it, is not. Not before this
     * attempt has had its turn. Nor where ours does not get through: none is out since one has failed; or the peer waited for
     * ours as long as it was told to and asks anew, which is believed once, since ours may just be slow.
     */
    boolean standsAgainst(Hello theirs, boolean isAnew) {
        if (triesMade == 0 || (failures > 0 && !isAsked())) {
            return false;
        }
        if (!isAnew) {
            return true;
        }
        long now = wireup.control().nanoTime();
        if (awaitedBy != theirs.generation()) {
            awaitedBy = theirs.generation();
            awaitedSinceNs = now;
        } else if (!hasWithdrawn && now - awaitedSinceNs >= patienceNs() * 3 / 4) {
            hasWithdrawn = true;
            return false;
        }
        return true;
    }

    private boolean isAsked() {
        return legs.stream().anyMatch(ActiveLeg::isAsked);
    }

    /** How long a request that was crossed is put off. */
    private long patienceNs() {
        return TimeUnit.MILLISECONDS.toNanos(wireup.terms().deadlineMs() / CROSSED_PATIENCE);
    }

    /** The peer's request is to connect after all. */
    void withdraw() {
        closeLegs();
    }

    private QueuePairSet takeSet() {
        QueuePairSet present = set();
        if (present == null) {
            present = wireup.port().createQueuePairs(peer.name());
            set = present;
            isSpoilt = false;
        }
        return present;
    }

    /** The set that a request of the peer's is to be accepted with; null when none is in INIT. */
    @Nullable
    QueuePairSet set() {
        if (set != null && isSpoilt) {
            set.discard();
            set = null;
        }
        return set;
    }

    private ActiveLeg newLeg(QueuePairSet fresh, int first) {
        Terms terms = wireup.terms();
        List<Integer> numbers = fresh.queuePairs().subList(first, first + terms.queuesPerExchange()).stream()
                .map(QueuePair::number)
                .toList();
        byte[] data = privateData.encode(Direction.REQUEST, wireup.hello(number, peer, first, numbers));
        return new ActiveLeg(
                this,
                wireup.control(),
                wireup.routes(),
                wireup.channel(),
                wireup.parameters(data, numbers.get(0)),
                terms.resolveTimeoutMs(),
                terms.retryCount());
    }

    private void askAgain() {
        backoff = null;
        wireup.turns().ask(this);
    }

    // What becomes of the requests

    @Override
    public void onResponse(ActiveLeg leg, CmEvent event) {
        ConnectionParameters told = event.parameters();
        Hello reply = wireup.decodeReply(privateData, event, peer.name());
        QueuePairSet present = set;
        if (told == null || reply == null || present == null || reply.attempt() != number || !wireup.fits(reply)) {
            retry("the reply is not of this job, attempt and set");
            return;
        }
        isSpoilt = true;
        peer.seen().seeReply(reply);
        try {
            Paths.toReadyToSend(leg.id(), present, reply, told, agreed);
            if (wireup.hasEstablish()) {
                leg.id().establish();
            }
        } catch (VerbsException e) {
            retry(String.valueOf(e.getMessage()));
            return;
        }
        connected.add(leg);
        if (connected.size() == legs.size()) {
            succeed(wireup.newConnection(
                    peer,
                    reply.port(),
                    present,
                    connected.stream().map(ActiveLeg::id).toList(),
                    agreed,
                    wireup.control().nanoTime() - startNs));
        }
    }

    @Override
    public void onRejected(ActiveLeg leg, CmEvent event) {
        Rejection rejection = wireup.decodeRejection(privateData, event, leg.qpNumber(), peer.name(), number);
        leg.close();
        isSpoilt |= event.status() == CmEvent.REJECT_STALE_CONNECTION;
        isCrossed |= rejection != null && rejection.reason() == RejectionReason.CROSSED;
        if (isCrossed || yieldedTo != null) {
            legs.remove(leg);
            tellWhenAllAreOut();
        } else if (rejection == null && event.status() == CmEvent.REJECT_INVALID_SERVICE_ID) {
            // A peer listens before it publishes where, and until it closes: waiting brings nobody back.
            fail(Reason.UNREACHABLE, unproven(event.status()) + ": nobody listens there any more");
        } else if (rejection == null) {
            retry(unproven(event.status()));
        } else {
            onRejection(rejection);
        }
    }

    /** A rejection without a reason that the job's secret proves. */
    private static String unproven(int status) {
        String told = "its connection manager rejects with status " + status;
        return status == CmEvent.REJECT_CONSUMER
                ? told + ", and no reason of this job's came with it: who listens there has another secret or job"
                : told;
    }

    private void onRejection(Rejection rejection) {
        switch (rejection.reason()) {
            case REFUSED -> fail(Reason.REFUSED, "it refuses: " + rejection.text());
            case CONFIGURATION -> fail(Reason.CONFIGURATION, rejection.text());
            case CLOSING -> fail(Reason.CLOSED, "it is closing");
            case BUSY -> {
                isPutOff = true;
                tryAgain("it rejects: " + rejection.text()); // until the deadline
            }
            default -> retry("it rejects: " + rejection.text());
        }
    }

    @Override
    public void onFailed(ActiveLeg leg, ActiveLeg.StepFailure failure) {
        isSpoilt |= leg.isAsked();
        leg.close();
        if (yieldedTo != null) {
            legs.remove(leg);
            tellWhenAllAreOut();
        } else {
            retry("could not " + failure.step() + ": " + failure.detail());
        }
    }

    @Override
    public void onDisconnected(ActiveLeg leg) {
        retry("it gave up while it connected");
    }

    /** The caller gives it up. */
    void cancel() {
        fail(Reason.CANCELLED, "given up by the caller");
    }

    // The peer's request that crosses ours

    /**
     * The peer's request has crossed ours, which has precedence: the transport is asked all the same, and may turn the peer
     * away.
     */
    void askOnce(EffectiveConfiguration theirs) {
        QueuePairSet own = isXAsked || !connected.isEmpty() ? null : set();
        if (own == null) {
            return;
        }
        isXAsked = true;
        wireup.incoming().onRequest(new Request(wireup, peer.name(), theirs, peer.connection(), own, new Crossed()));
    }

    /** The transport's answer to a request that was rejected as crossed. */
    private final class Crossed implements Request.Answer {
        @Override
        public boolean isAwaited() {
            return !isOver;
        }

        @Override
        public boolean onAccepted(QueuePairSet accepted) {
            return true;
        }

        @Override
        public void onRefused(String reason) {
            fail(Reason.REFUSED, "this side refuses: " + reason);
        }

        @Override
        public void onDeferred() {
            // the peer's request is rejected already; ours goes on
        }
    }

    /** The peer's request wins: it is accepted as soon as none of ours is out any more. */
    void yieldTo(PeerAttempt theirs) {
        clock.run();
        yieldedTo = theirs;
        wireup.turns().pass(this);
        theirs.share();
        cancelBackoff();
        patience.renew();
        for (ActiveLeg leg : List.copyOf(legs)) {
            if (!leg.isAsked()) {
                leg.close();
                legs.remove(leg);
            }
        }
        tellWhenAllAreOut();
    }

    private void tellWhenAllAreOut() {
        PeerAttempt theirs = yieldedTo;
        if (!legs.isEmpty()) {
            return;
        }
        isSpoilt |= !connected.isEmpty();
        connected.clear();
        if (theirs != null) {
            theirs.onOwnRequestsOut();
        } else {
            // its request is on the way; should it have been given up, ours comes again
            lastTrouble = "its own request, which has precedence, has not come";
            backoff = wireup.control().schedule(TimeUnit.NANOSECONDS.toMillis(patienceNs()), this::askAgain);
        }
    }

    /** The peer's request that we yielded to has connected. */
    void onYieldedConnected(LiveConnection connection) {
        if (set != connection.queuePairs() && set != null) {
            set.discard();
        }
        succeed(connection);
    }

    /** The peer's request that we yielded to has failed, and its set with it. */
    void onYieldedFailed(PeerAttempt theirs, Reason reason, String text) {
        if (isOver || yieldedTo != theirs) {
            return;
        }
        yieldedTo = null;
        isSpoilt = true;
        if (reason == Reason.REFUSED || reason == Reason.CONFIGURATION || reason == Reason.CLOSED) {
            fail(reason, text);
        } else {
            retry(text);
        }
    }

    // Ends

    private void retry(String trouble) {
        isPutOff = false;
        failures++;
        tryAgain(trouble);
    }

    private void tryAgain(String trouble) {
        lastTrouble = trouble;
        closeLegs();
        PeerAttempt theirs = yieldedTo;
        yieldedTo = null;
        if (theirs != null) {
            theirs.abort(Reason.PEER_FAILED, trouble);
        }
        if (failures > wireup.terms().retryCount()) {
            fail(Reason.UNREACHABLE, trouble + ", " + triesMade + " times");
            return;
        }
        long factor = Math.min(MAX_BACKOFF_FACTOR, 1L << Math.min(Math.max(0, triesMade - 1), MAX_BACKOFF_FACTOR));
        long most = Math.max(1, wireup.terms().backoffMs() * factor);
        cancelBackoff();
        backoff = wireup.control().schedule(1 + ThreadLocalRandom.current().nextLong(most), this::askAgain);
    }

    /** What has been replied to, and may be established without our knowing, has an answer before the caller has to. */
    @Override
    public void onLate() {
        PeerAttempt theirs = yieldedTo;
        if (theirs != null) {
            theirs.probeIfReplied();
        }
    }

    /** The request that we yielded to is replied to: where that is late already, half of what is left is the peer's to establish. */
    void onReplied(PeerAttempt theirs) {
        if (yieldedTo == theirs && clock.isLate()) {
            wireup.control().schedule(clock.leftMs() / 2, theirs::probeIfReplied);
        }
    }

    @Override
    public void onTimeOver() {
        fail(
                isPutOff ? Reason.BUSY : Reason.TIMEOUT,
                "not connected within " + wireup.terms().deadlineMs() + " ms ("
                        + RdmaCmParameters.CONNECT_TIMEOUT.name() + "); at last " + lastTrouble);
    }

    /** The one way to fail. */
    void fail(Reason reason, String text) {
        if (isOver) {
            return;
        }
        isOver = true;
        clock.stop();
        cancelBackoff();
        peer.own(null);
        try {
            takeDown(reason, text);
        } finally {
            tellFailed(reason, text);
        }
    }

    private void takeDown(Reason reason, String text) {
        closeLegs();
        PeerAttempt theirs = yieldedTo;
        if (theirs != null) {
            theirs.abort(reason, text);
        }
        if (set != null) {
            set.discard();
        }
    }

    private void tellFailed(Reason reason, String text) {
        try {
            outcome.onFailed(wireup.failure(reason, peer.name(), text));
        } finally {
            wireup.turns().leave(this); // the next one may need what this one has held
        }
    }

    private void succeed(LiveConnection connection) {
        isOver = true;
        wireup.turns().leave(this);
        clock.stop();
        cancelBackoff();
        peer.own(null);
        if (yieldedTo != null) {
            yieldedTo.onOwnConnected(connection.queuePairs());
        }
        outcome.onConnected(connection);
    }

    /** A set that the peer may have heard of is not used again. */
    private void closeLegs() {
        isSpoilt |= isAsked() || !connected.isEmpty();
        legs.forEach(ActiveLeg::close);
        legs.clear();
        connected.clear();
    }

    private void cancelBackoff() {
        if (backoff != null) {
            backoff.run();
            backoff = null;
        }
    }
}
