package io.openib.wireup.oob;

import io.openib.mca.McaParameters;
import io.openib.wireup.HandshakeCodec;
import io.openib.wireup.HandshakeMessage;
import io.openib.wireup.HandshakeSettings;
import io.openib.wireup.Handshakes;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.MessageCarrier;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupPort;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This scheme on one port: brings the handshake's messages over TCP. What it knows of connections belongs to the event loop,
 * the handshake to the control thread; each hands over to the other by its queue.
 */
final class OobModule implements WireupModule, MessageCarrier, Ways.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(OobModule.class);
    private static final long CLOSE_TIMEOUT_MS = 900;

    private final OobComponent component;
    private final WireupPort port;
    private final OobListener listener;
    private final Handshakes handshakes;
    private final Ways ways;
    private final int priority;
    private final int timeoutMs;
    private final int number;
    private final OobContact contact;
    /** The number of the last message of each module of a peer that the handshake has seen. Control thread only. */
    private final Map<PeerModule, Integer> handled = new HashMap<>();

    private final AtomicBoolean isClosed = new AtomicBoolean();
    /** While a message of the past is dealt with; of the control thread. */
    private @Nullable PeerLink answerBy;

    OobModule(
            OobComponent component,
            OobListener listener,
            List<InetAddress> addresses,
            WireupPort port,
            McaParameters parameters,
            IncomingConnections incoming) {
        this.component = component;
        this.listener = listener;
        this.port = port;
        this.priority = parameters.value(OobParameters.PRIORITY);
        this.timeoutMs = parameters.value(OobParameters.TIMEOUT_MS);
        this.ways = new Ways(this, listener.loop());
        HandshakeSettings settings = new HandshakeSettings(
                OobComponent.NAME,
                timeoutMs,
                parameters.value(OobParameters.RETRIES),
                parameters.value(WireupParameters.MAX_ATTEMPTS));
        this.handshakes = Handshakes.create(port, settings, this, incoming);
        this.number = listener.register(this);
        this.contact = new OobContact(addresses, listener.tcpPort(), number);
        listener.loop().execute(this::rehearse);
    }

    /**
     * Dials this very module and says something that it drops, so that the first connection of a peer does not wait for classes
     * and ciphers to be loaded.
     */
    private void rehearse() {
        Round round = new Round(contact, 0);
        PeerLink link = PeerLink.dialled(port.name(), round);
        var nothing = new HandshakeMessage.Failure(WireupFailure.Reason.CANCELLED, "rehearsal");
        link.send(codec().encode(new HandshakeMessage(
                port.name(),
                port.name(),
                number,
                number,
                0,
                0,
                0,
                HandshakeMessage.Status.FAILED,
                HandshakeMessage.Status.NONE,
                null,
                nothing)));
        dial(link, round);
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public long deadlineMs() {
        return timeoutMs;
    }

    @Override
    public int module() {
        return number;
    }

    @Override
    public int module(PeerContact peer) {
        try {
            return OobContact.decode(peer.blob()).module();
        } catch (IllegalArgumentException e) {
            return 0; // who dials it says what is wrong
        }
    }

    @Override
    public byte[] contact() {
        return contact.encode();
    }

    @Override
    public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
        return handshakes.connect(peer, outgoing);
    }

    // ---- on the event loop

    HandshakeCodec codec() {
        return handshakes.codec();
    }

    /** How long a peer's TCP connection may stay: an attempt, the window after it, and as much again. */
    long linkLifetimeMs() {
        return 4L * timeoutMs;
    }

    boolean isForUs(HandshakeMessage message) {
        return message.destination().equals(port.name())
                && !message.source().equals(port.name())
                && port.isMember(message.source());
    }

    /** Gives whether the control thread takes it; then it tells when it is done with it. */
    boolean onMessage(LinkHandler from, HandshakeMessage message) {
        int arrived = ways.onMessage(PeerModule.of(message));
        return port.control().execute(() -> {
            try {
                handle(from, message, arrived);
            } finally {
                onLoop(from::goOn);
            }
        });
    }

    private void handle(LinkHandler from, HandshakeMessage message, int arrived) {
        PeerModule sender = PeerModule.of(message);
        handled.put(sender, arrived);
        if (handshakes.isOfThePast(message)) {
            answer(from.link(), message);
            onLoop(from::onPast);
        } else {
            onLoop(() -> {
                from.onPeer(this);
                ways.keep(sender, from.link());
            });
            handshakes.onMessage(message);
        }
    }

    void onUnreachable(PeerLink link, Round round, String why) {
        ways.onUnreachable(link, round, why);
    }

    void onClosed(PeerLink link, boolean wasAuthentic, String why) {
        ways.onClosed(link, wasAuthentic, why);
    }

    @Override
    public PeerName self() {
        return port.name();
    }

    @Override
    public void dial(PeerLink link, Round round) {
        listener.dial(this, link, round, round.shareMs(timeoutMs));
    }

    @Override
    public void onTrouble(PeerName peer, String detail) {
        port.control().execute(() -> handshakes.onTrouble(peer, WireupFailure.Reason.UNREACHABLE, detail));
    }

    @Override
    public void onGone(PeerName peer, String detail) {
        port.control().execute(() -> handshakes.onGone(peer, "nobody listens at its address any more: " + detail));
    }

    @Override
    public void onLost(PeerName peer) {
        port.control().execute(() -> handshakes.onWayLost(peer));
    }

    // ---- on the control thread

    /** By the way on which it came, which may be anybody's. */
    private void answer(PeerLink link, HandshakeMessage message) {
        answerBy = link;
        try {
            handshakes.onMessage(message);
        } finally {
            answerBy = null;
        }
    }

    @Override
    public void send(PeerName peer, int module, @Nullable PeerContact reachAt, byte[] message) {
        PeerLink only = answerBy;
        onLoop(() -> {
            if (only == null) {
                ways.send(new PeerModule(peer, module), reachAt, message);
            } else {
                only.send(message);
            }
        });
    }

    @Override
    public void finished(PeerName peer, int module) {
        PeerModule far = new PeerModule(peer, module);
        int upTo = handled.getOrDefault(far, 0);
        onLoop(() -> ways.finish(far, upTo));
    }

    private void onLoop(Runnable task) {
        try {
            listener.loop().execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("oob: the module is closed, nothing is sent any more", e);
        }
    }

    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        if (port.control().isControlThread()) {
            handshakes.close();
        } else {
            CountDownLatch done = new CountDownLatch(1);
            boolean isTaken = port.control().execute(() -> {
                handshakes.close();
                done.countDown();
            });
            await(done, isTaken);
        }
        CountDownLatch done = new CountDownLatch(1);
        listener.loop().execute(() -> {
            ways.closeAll();
            done.countDown();
        });
        await(done, !listener.loop().inEventLoop());
        component.release(listener, number);
    }

    private void await(CountDownLatch done, boolean isWorthWaiting) {
        try {
            if (isWorthWaiting && !done.await(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.info("oob on {} does not wait any longer for what is still busy", port.place());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
