package io.openib.wireup;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Mtu;
import io.openib.verbs.VerbsException;
import io.openib.wireup.HandshakeMessage.Failure;
import io.openib.wireup.HandshakeMessage.Offer;
import io.openib.wireup.HandshakeMessage.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all handshakes of one module share: the surroundings, the numbers, and how a message is sent. Control thread only.
 */
final class HandshakeScope {
    private static final Logger LOG = LoggerFactory.getLogger(HandshakeScope.class);

    /** Some adapters ask their firmware ten questions for it, one after the other and for all ranks of the host: too many for each message. */
    private static final long FRESH_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final WireupPort port;
    private final HandshakeSettings settings;
    private final MessageCarrier carrier;
    private final IncomingConnections incoming;
    private final HandshakeCodec codec;
    private PortAddress address;
    private int addressedRow;
    private long addressedNs;
    private final Random random;
    private final long generation;
    private int attempts;

    HandshakeScope(
            WireupPort port,
            HandshakeSettings settings,
            MessageCarrier carrier,
            IncomingConnections incoming,
            Random random,
            long generation) {
        this.port = port;
        this.settings = settings;
        this.carrier = carrier;
        this.incoming = incoming;
        this.codec = HandshakeCodec.create(port.jobId(), port.jobSecret());
        QueuePairSettings own = port.settings();
        this.address = PortAddress.of(port.device(), own);
        this.addressedRow = own.sgidIndex();
        this.addressedNs = port.control().nanoTime() - FRESH_NS;
        this.random = random;
        this.generation = generation;
        this.attempts = random.nextInt(1 << 30);
    }

    WireupPort port() {
        return port;
    }

    HandshakeSettings settings() {
        return settings;
    }

    MessageCarrier carrier() {
        return carrier;
    }

    IncomingConnections incoming() {
        return incoming;
    }

    ControlExecutor control() {
        return port.control();
    }

    HandshakeCodec codec() {
        return codec;
    }

    /**
     * As it is now, or was a tenth of a second ago: a subnet manager may give a port another LID, and its host another IP address or row of the
     * GID table.
     */
    private PortAddress address() {
        long nowNs = port.control().nanoTime();
        QueuePairSettings own = port.settings();
        if (nowNs - addressedNs < FRESH_NS && own.sgidIndex() == addressedRow) {
            return address;
        }
        addressedNs = nowNs;
        addressedRow = own.sgidIndex();
        try {
            address = PortAddress.of(port.device(), own);
        } catch (VerbsException e) {
            return address; // a device that cannot be asked any more fails the attempt in its own words
        }
        return address;
    }

    Random random() {
        return random;
    }

    /** Upwards from a random one, so that the numbers of two generations are not mistaken for each other. */
    int nextAttempt() {
        return ++attempts;
    }

    /** Three quarters to five quarters of the interval between repetitions. */
    long jitteredIntervalMs() {
        long interval = settings.intervalMs();
        return Math.max(1, interval * 3 / 4 + random.nextInt((int) (interval / 2) + 1));
    }

    /** Tells Y, or X where the peer alone has asked. */
    void tellConnected(Attempt attempt, Connection made) {
        OutgoingConnection outgoing = attempt.outgoing;
        if (outgoing != null) {
            outgoing.onConnected(made);
        } else {
            incoming.onConnected(made);
        }
    }

    /** As {@link #tellConnected}. */
    void tellFailed(Attempt attempt, WireupFailure failure) {
        OutgoingConnection outgoing = attempt.outgoing;
        if (outgoing != null) {
            outgoing.onFailed(failure);
        } else {
            incoming.onFailed(failure);
        }
    }

    /** Tells the peer all that this side has to say; where that cannot be sent, the attempt knows why. */
    void sendState(PeerName peer, Attempt attempt) {
        QueuePairSettings own = port.settings();
        Offer offer = new Offer(
                address(),
                port.index(),
                attempt.ends(),
                own.maxRdAtomic(),
                own.maxDestRdAtomic(),
                port.configuration());
        Status heard = attempt.isPaired() ? Status.OFFER : Status.NONE;
        int module = module(attempt);
        boolean isPeerReady = attempt.phase == Attempt.Phase.CONNECTED;
        String problem = send(
                new HandshakeMessage(
                        port.name(),
                        peer,
                        module,
                        carrier.module(),
                        generation,
                        attempt.id,
                        attempt.peerAttempt(),
                        attempt.status(),
                        isPeerReady ? Status.READY : heard,
                        offer,
                        null),
                isWanted(attempt, module) ? attempt.contact : null);
        attempt.onSent(problem);
    }

    /** Which of the peer's modules an attempt is with: of the two the one that has answered, or has asked. */
    private int module(Attempt attempt) {
        return attempt.isPaired() ? attempt.peerModule() : wanted(attempt);
    }

    /** The one that this side has asked for; 0 if it has not. */
    private int wanted(Attempt attempt) {
        PeerContact contact = attempt.contact;
        return contact == null ? 0 : carrier.module(contact);
    }

    /** Whether this side has asked for that module, if for any: else what it knows of the peer leads to another one. */
    private boolean isWanted(Attempt attempt, int module) {
        return attempt.contact == null || wanted(attempt) == module;
    }

    /** Tells the module that was asked for, where another one of the peer's takes its place, that nothing comes of that. */
    void endUnlessWanted(PeerName peer, Attempt attempt) {
        if (!isWanted(attempt, module(attempt))) {
            String text = "another port of the same process has asked";
            send(failure(peer, wanted(attempt), attempt.id, 0, WireupFailure.Reason.PEER_FAILED, text), null);
            carrier.finished(peer, wanted(attempt));
        }
    }

    /** Nothing more is expected of the peer for an attempt; as with {@link #send}, what the carrier throws ends nothing else. */
    void finished(PeerName peer, Attempt attempt) {
        try {
            carrier.finished(peer, module(attempt));
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("The way to {} could not be given up", peer, e);
        }
    }

    /** Makes the message that says that an attempt of this side's is over. */
    HandshakeMessage failure(PeerName peer, Attempt attempt, WireupFailure.Reason reason, String text) {
        return failure(peer, module(attempt), attempt.id, attempt.peerAttempt(), reason, text);
    }

    /**
     * Makes the message that tells a module of the peer's that its attempt is over; 0 stands for an own attempt that is not
     * known.
     */
    HandshakeMessage failure(
            PeerName peer, int module, int attempt, int peerAttempt, WireupFailure.Reason reason, String text) {
        return new HandshakeMessage(
                port.name(),
                peer,
                module,
                carrier.module(),
                generation,
                attempt,
                peerAttempt,
                Status.FAILED,
                Status.NONE,
                null,
                new Failure(toldAs(reason), text));
    }

    /** What the peer is to think of it: some reasons concern both sides, the others are this side's own affair. */
    private static WireupFailure.Reason toldAs(WireupFailure.Reason reason) {
        return switch (reason) {
            case BUSY, REFUSED, CONFIGURATION, UNKNOWN_PEER, CLOSED, DISCONNECTED -> reason;
            case TIMEOUT, UNREACHABLE, NOT_AUTHENTIC, DEVICE, PEER_FAILED, CANCELLED ->
                WireupFailure.Reason.PEER_FAILED;
        };
    }

    /**
     * Hands a message to the carrier; empty, or why it could not be sent. That it could not is no more than if it had been lost: whoever
     * waits for an outcome gets one all the same.
     */
    String send(HandshakeMessage message, @Nullable PeerContact contact) {
        try {
            carrier.send(message.destination(), message.module(), contact, codec.encode(message));
            return "";
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("A message to {} could not be sent", message.destination(), e);
            return "no message could be sent: " + e.getMessage();
        }
    }

    /** A failure whose sentence names both ends. */
    WireupFailure describe(PeerName peer, @Nullable PeerContact contact, WireupFailure.Reason reason, String detail) {
        String whom = contact == null ? peer.toString() : contact.toString();
        String text = settings.scheme() + " on " + port.place() + " cannot connect to " + whom + ": " + detail;
        return new WireupFailure(reason, peer, text);
    }

    /** Where the queue pairs of an attempt lead. */
    List<MemberPath> paths(Attempt attempt, Offer offer) {
        QueuePairSettings own = port.settings();
        Mtu mtu = Mtu.min(own.pathMtu(), offer.configuration().mtu());
        AddressVector way = address().vectorTo(offer.address(), own);
        List<MemberPath> paths = new ArrayList<>();
        for (int i = 0; i < attempt.ends().size(); i++) {
            paths.add(new MemberPath(
                    way,
                    mtu,
                    offer.ends().get(i).number(),
                    offer.ends().get(i).psn(),
                    attempt.ends().get(i).psn(),
                    Math.min(own.maxRdAtomic(), offer.maxDestRdAtomic()),
                    Math.min(own.maxDestRdAtomic(), offer.maxRdAtomic())));
        }
        return paths;
    }

    /** Says it again and again until the attempt's repetition is stopped. */
    void repeat(PeerName peer, Attempt attempt) {
        attempt.repetition(control().schedule(jitteredIntervalMs(), () -> {
            attempt.onAsked();
            sendState(peer, attempt);
            repeat(peer, attempt);
        }));
    }

    String silence(Attempt attempt) {
        String last = attempt.trouble().isEmpty() ? "" : " (last: " + attempt.trouble() + ")";
        return "no answer within " + settings.timeoutMs() + " ms" + last
                + "; see whether the process is alive and reachable";
    }

    WireupFailure lost(PeerName peer, String detail) {
        String text = "the connection of " + port.place() + " to " + peer + " is over: " + detail;
        return new WireupFailure(WireupFailure.Reason.DISCONNECTED, peer, text);
    }
}
