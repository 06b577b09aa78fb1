package io.openib.wireup.rdmacm;

import io.openib.mca.McaParameters;
import io.openib.verbs.Availability;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the transport holds: hands everything on to the control thread. */
final class RdmaCmModule implements WireupModule {
    private static final Logger LOGGER = LoggerFactory.getLogger(RdmaCmModule.class);
    private static final long CLOSE_WAIT_MS = 1_500;
    private static final long BACKOFF_MS = 50;

    private final WireupPort port;
    private final CmWireup wireup;
    private final EventPump pump;
    private final int priority;
    private final long deadlineMs;
    private final byte[] contact;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private RdmaCmModule(
            WireupPort port,
            IncomingConnections incoming,
            int priority,
            Terms terms,
            boolean hasEstablish,
            CmEventChannel channel,
            CmId listener) {
        this.port = port;
        this.priority = priority;
        this.deadlineMs = 2 * terms.deadlineMs(); // of one that comes back into line, see AttemptClock
        InetSocketAddress address = listener.localAddress();
        if (address == null) {
            throw new IllegalStateException("a bound id without an address");
        }
        contact = ContactBlob.encode(address);
        JobSeal seal = new JobSeal(port.jobSecret(), port.jobId());
        PrivateData.of(seal, address).rehearse();
        wireup = new CmWireup(port, terms, incoming, seal, hasEstablish, channel, listener, address, this::onIdle);
        pump = new EventPump(channel, "openib-rdmacm-" + port.device().name(), this::handOn);
    }

    private void handOn(CmEvent event) {
        if (!wireup.run(() -> wireup.onCmEvent(event)) && event.type() == CmEventType.CONNECT_REQUEST) {
            Ends.close(event.id()); // nobody else knows of it; its sender hears that, and asks again
        }
    }

    static RdmaCmModule open(
            WireupPort port, McaParameters parameters, IncomingConnections incoming, AttemptNumbers numbers)
            throws WireupRefusedException {
        if (!(port.provider() instanceof CmProvider provider)) {
            throw new WireupRefusedException("the provider " + port.provider().name() + " of " + port.place()
                    + " has no connection manager; use another wireup there");
        }
        ConnectionManager manager = provider.connectionManager();
        Availability availability = manager.availability();
        if (!availability.isUsable()) {
            throw new WireupRefusedException(
                    "the connection manager of " + port.place() + " cannot be used: " + availability.reason());
        }
        int queues = port.settings().rnrRetries().size();
        boolean isWhole = manager.hasEstablish() && queues <= PrivateData.MAX_REQUEST_QUEUES;
        Terms terms = new Terms(
                numbers,
                queues,
                isWhole ? queues : 1,
                parameters.value(RdmaCmParameters.RESOLVE_TIMEOUT),
                parameters.value(RdmaCmParameters.RETRY_COUNT),
                BACKOFF_MS,
                parameters.value(RdmaCmParameters.CONNECT_TIMEOUT),
                parameters.value(WireupParameters.MAX_ATTEMPTS));
        CmEventChannel channel = manager.createEventChannel();
        try {
            CmId listener =
                    new Listening(port, channel, PortRange.parse(parameters.value(RdmaCmParameters.PORT))).open();
            return new RdmaCmModule(
                    port,
                    incoming,
                    parameters.value(RdmaCmParameters.PRIORITY),
                    terms,
                    manager.hasEstablish(),
                    channel,
                    listener);
        } catch (WireupRefusedException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public long deadlineMs() {
        return deadlineMs;
    }

    @Override
    public byte[] contact() {
        return contact.clone();
    }

    @Override
    public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
        AtomicReference<@Nullable OwnAttempt> attempt = new AtomicReference<>();
        AtomicBoolean isCancelled = new AtomicBoolean();
        boolean isTaken = wireup.offer(() -> {
            if (isCancelled.get()) {
                outgoing.onFailed(wireup.failure(Reason.CANCELLED, peer.name(), "given up before it began"));
            } else {
                attempt.set(wireup.connect(peer, outgoing).orElse(null));
            }
        });
        if (!isTaken) {
            throw new IllegalStateException("the control thread takes no more work; connect less at a time");
        }
        return () -> {
            isCancelled.set(true);
            wireup.run(() -> cancel(attempt.get()));
        };
    }

    private static void cancel(@Nullable OwnAttempt own) {
        if (own != null) {
            own.cancel();
        }
    }

    /** Closed, and no connection is left: on the control thread, which must not wait for the pump. */
    private void onIdle() {
        Thread closer = new Thread(pump::close, "openib-rdmacm-close");
        closer.setDaemon(true);
        closer.start();
    }

    @Override
    public void close() {
        if (!isClosed.compareAndSet(false, true)) {
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        boolean isTaken = wireup.run(() -> {
            try {
                wireup.close();
            } finally {
                done.countDown();
            }
        });
        if (!isTaken) {
            pump.close();
        } else if (!port.control().isControlThread()) {
            await(done);
        }
    }

    private void await(CountDownLatch done) {
        try {
            boolean isDone = done.await(CLOSE_WAIT_MS, TimeUnit.MILLISECONDS);
            if (!isDone && port.control().isOver()) {
                pump.close(); // it ended before it came to this
            } else if (!isDone) {
                LOGGER.warn("the control thread is busy; the wireup closes when it gets to it");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
