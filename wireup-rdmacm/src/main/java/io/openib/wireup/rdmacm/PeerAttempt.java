package io.openib.wireup.rdmacm;

import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.WireupFailure.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connection that the peer asked for: waits for the transport's word and, where both asked, until no request of ours is
 * out; then replies with a set in RTS. Control thread only.
 */
final class PeerAttempt implements CmHandler, Request.Answer {
    /** One of its exchanges. */
    private record Leg(CmId id, Hello hello, ConnectionParameters told) {}

    private final CmWireup wireup;
    private final Peer peer;
    private final Hello first;
    private final EffectiveConfiguration configuration;
    private final EffectiveConfiguration agreed;
    private final int legsExpected;
    private final long startNs;
    private final @Nullable LiveConnection replaced;
    private final List<Leg> legs = new ArrayList<>();
    private final List<Leg> replied = new ArrayList<>();
    private final Set<CmId> established = new HashSet<>();
    private Runnable deadline;
    private @Nullable QueuePairSet set;
    private boolean isOwnOut;
    private boolean isShared;
    private boolean isReplying;
    private boolean isOver;
    private boolean isProbing;

    PeerAttempt(CmWireup wireup, Peer peer, Hello first, EffectiveConfiguration configuration) {
        this.wireup = wireup;
        this.peer = peer;
        this.first = first;
        this.configuration = configuration;
        agreed = wireup.port().configuration().agreeWith(configuration);
        replaced = peer.connection();
        startNs = wireup.control().nanoTime();
        legsExpected = wireup.terms().queues() / first.qpNumbers().size();
        deadline = wireup.control().schedule(wireup.terms().deadlineMs(), this::onDeadline);
    }

    /** Whether a further request belongs to it. */
    boolean isSame(Hello hello) {
        return hello.attempt() == first.attempt()
                && hello.generation() == first.generation()
                && hello.qpNumbers().size() == first.qpNumbers().size()
                && legs.stream().noneMatch(leg -> leg.hello().firstQueue() == hello.firstQueue());
    }

    /** One of its requests has come. */
    void add(CmId id, Hello hello, ConnectionParameters told) {
        id.context(this);
        Leg leg = new Leg(id, hello, told);
        legs.add(leg);
        if (isReplying) {
            reply(leg);
        }
    }

    /** After the first request: asks the transport, and sees to our own requests. */
    void start() {
        OwnAttempt own = peer.own();
        QueuePairSet ownSet = own == null ? null : own.set();
        if (own == null) {
            isOwnOut = true;
        } else {
            own.yieldTo(this);
        }
        wireup.incoming().onRequest(new Request(wireup, peer.name(), configuration, replaced, ownSet, this));
    }

    @Override
    public boolean isAwaited() {
        return !isOver && set == null;
    }

    @Override
    public boolean onAccepted(QueuePairSet accepted) {
        if (!isAwaited()) {
            return false;
        }
        set = accepted;
        if (replaced != null) {
            replaced.replaced();
            wireup.forget(replaced);
        }
        replyToAll();
        return true;
    }

    @Override
    public void onRefused(String reason) {
        if (isAwaited()) {
            rejectAll(RejectionReason.REFUSED, reason);
            finish();
            OwnAttempt own = isShared ? peer.own() : null;
            if (own != null) {
                own.onYieldedFailed(this, Reason.REFUSED, "this side refuses: " + reason);
            }
        }
    }

    @Override
    public void onDeferred() {
        if (isAwaited()) {
            rejectAll(RejectionReason.BUSY, "not now");
            finish();
            OwnAttempt own = isShared ? peer.own() : null;
            if (own != null) {
                own.onYieldedFailed(this, Reason.BUSY, "this side put its request off");
            }
        }
    }

    /** An attempt of ours stands or falls with it: that one hears of its end, and the transport through that one. */
    void share() {
        isShared = true;
    }

    /** No request of ours is out any more. */
    void onOwnRequestsOut() {
        isOwnOut = true;
        replyToAll();
    }

    private void replyToAll() {
        if (!isOver && isOwnOut && set != null && !isReplying) {
            isReplying = true;
            for (Leg leg : List.copyOf(legs)) {
                reply(leg);
            }
        }
    }

    private void reply(Leg leg) {
        QueuePairSet present = set;
        if (isOver || present == null) {
            return;
        }
        try {
            Paths.toReadyToSend(leg.id(), present, leg.hello(), leg.told(), agreed);
            int from = leg.hello().firstQueue();
            int to = from + leg.hello().qpNumbers().size();
            List<Integer> numbers = present.queuePairs().subList(from, to).stream()
                    .map(QueuePair::number)
                    .toList();
            Hello hello = wireup.hello(first.attempt(), peer, from, numbers);
            byte[] data = wireup.privateData().encode(Direction.REPLY, hello);
            leg.id().accept(wireup.parameters(data, numbers.get(0)));
            replied.add(leg);
            onReplied();
        } catch (VerbsException e) {
            rejectAll(RejectionReason.FAILED, String.valueOf(e.getMessage()));
            end(Reason.DEVICE, String.valueOf(e.getMessage()));
        }
    }

    private void onReplied() {
        OwnAttempt own = isShared && replied.size() == legsExpected ? peer.own() : null;
        if (own != null) {
            own.onReplied(this);
        }
    }

    @Override
    public void onEvent(CmEvent event) {
        if (isOver) {
            return;
        }
        switch (event.type()) {
            case ESTABLISHED -> onEstablished(event);
            case REJECTED, UNREACHABLE, CONNECT_ERROR, DISCONNECTED, DEVICE_REMOVAL ->
                end(Reason.PEER_FAILED, "its request ended in " + event.type() + ", status " + event.status());
            case ADDR_RESOLVED,
                    ADDR_ERROR,
                    ROUTE_RESOLVED,
                    ROUTE_ERROR,
                    CONNECT_REQUEST,
                    CONNECT_RESPONSE,
                    MULTICAST_JOIN,
                    MULTICAST_ERROR,
                    ADDR_CHANGE,
                    TIMEWAIT_EXIT -> ListenerWatch.noteMeaningless(event, peer.name());
        }
    }

    /** Of one of the exchanges; of one that has no reply yet it means nothing. */
    private void onEstablished(CmEvent event) {
        if (replied.stream().noneMatch(leg -> leg.id() == event.id())) {
            ListenerWatch.noteMeaningless(event, peer.name());
        } else if (established.add(event.id()) && established.size() == legsExpected) {
            onReady();
        }
    }

    /** Every exchange is established: the peer's set is in RTS, or, where the library establishes by itself, about to be. */
    private void onReady() {
        if (wireup.hasEstablish()) {
            connect();
        } else {
            probe();
        }
    }

    /** Where only the peer's last word is missing a probe decides. */
    void probeIfReplied() {
        if (!isOver && replied.size() == legsExpected) {
            probe();
        }
    }

    private void onDeadline() {
        if (isOver) {
            return;
        }
        boolean wasProbing = isProbing;
        probeIfReplied();
        if (wasProbing || !isProbing) {
            end(
                    Reason.TIMEOUT,
                    "its request was not answered, or it did not finish, within "
                            + wireup.terms().deadlineMs() + " ms");
        } else {
            deadline = wireup.control().schedule(wireup.terms().deadlineMs(), this::onDeadline);
        }
    }

    private void probe() {
        QueuePairSet present = set;
        if (present != null && !isProbing) {
            isProbing = true;
            present.probe(hasSucceeded -> wireup.run(() -> onProbed(hasSucceeded)));
        }
    }

    private void onProbed(boolean hasSucceeded) {
        if (isOver) {
            return;
        }
        if (hasSucceeded) {
            connect();
        } else {
            end(Reason.TIMEOUT, "its queue pairs do not answer");
        }
    }

    private void connect() {
        QueuePairSet present = set;
        if (present == null) {
            return;
        }
        finish();
        LiveConnection connection = wireup.newConnection(
                peer,
                first.port(),
                present,
                replied.stream().map(Leg::id).toList(),
                agreed,
                wireup.control().nanoTime() - startNs);
        OwnAttempt own = peer.own();
        if (own != null) {
            own.onYieldedConnected(connection);
        } else {
            wireup.incoming().onConnected(connection);
        }
    }

    /** Rejects every request that has no answer yet. */
    private void rejectAll(RejectionReason reason, String text) {
        for (Leg leg : legs) {
            if (!replied.contains(leg)) {
                wireup.reject(leg.id(), leg.hello(), reason, text);
            }
        }
    }

    /** Our own request has connected after all, perhaps with the set that this one was to be accepted with. */
    void onOwnConnected(QueuePairSet connected) {
        set = set == connected ? null : set;
        abort(Reason.CLOSED, "this side's request has connected");
    }

    /** Another request of the peer's, or our own attempt's end, ends this one. */
    void abort(Reason reason, String text) {
        if (!isOver) {
            rejectAll(reason == Reason.CLOSED ? RejectionReason.CLOSING : RejectionReason.OUTDATED, text);
            end(reason, text);
        }
    }

    private void end(Reason reason, String text) {
        finish();
        legs.forEach(leg -> Ends.close(leg.id()));
        try {
            if (set != null) {
                set.discard();
            }
        } finally {
            tellFailed(reason, text);
        }
    }

    private void tellFailed(Reason reason, String text) {
        OwnAttempt own = peer.own();
        if (!isShared) {
            wireup.incoming().onFailed(wireup.failure(reason, peer.name(), text));
        } else if (own != null) {
            own.onYieldedFailed(this, reason, text);
        }
    }

    private void finish() {
        isOver = true;
        deadline.run();
        if (peer.theirs() == this) {
            peer.theirs(null);
        }
    }
}
