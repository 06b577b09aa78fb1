package io.openib.btl.openib.endpoint;

import io.openib.btl.openib.endpoint.WiringEvents.Outcome;
import io.openib.mca.McaParameters;
import io.openib.verbs.VerbsException;
import io.openib.wireup.Connection;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerName;
import io.openib.wireup.PortWireups;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.SchemeOffer;
import io.openib.wireup.TriedScheme;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.WireupSelection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one port, whichever wireup made them, and what becomes of them. Of the control thread, except where it
 * is made.
 */
public final class Wiring implements PortWireups.Incoming, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    private final WiringEvents events;
    private final IdentityHashMap<QueuePairSet, Connection> connections = new IdentityHashMap<>();
    private @Nullable PortWireups wireups;
    private boolean isClosing;

    /** No attempts yet. */
    public Wiring(WiringEvents events) {
        this.events = events;
    }

    /**
     * Opens the wireups that {@code btl_openib_cpc} selects; before anything else, from the opening thread.
     *
     * @throws WireupRefusedException if none of them can be used on this port, with the reason of each
     */
    public void open(WireupPort port, List<WireupComponent> components, McaParameters parameters)
            throws WireupRefusedException {
        PortWireups opened = PortWireups.open(port, components, parameters, this);
        opened.refusals().forEach((name, reason) -> LOG.info("Wireup {} is not used: {}", name, reason));
        wireups = opened;
    }

    private PortWireups wireups() {
        return Objects.requireNonNull(wireups, "not open");
    }

    /** What peers need to reach this port. */
    public List<SchemeOffer> offers() {
        return wireups().offers();
    }

    /**
     * Begins to connect; one outcome follows.
     *
     * @param host where the peer runs
     * @param configuration what it runs with
     * @param published its wireups
     */
    public void connect(int peer, String host, EffectiveConfiguration configuration, List<SchemeOffer> published) {
        int candidates = WireupSelection.candidates(offers(), published).size();
        wireups().connect(new PeerName(peer), host, configuration, published, new Attempt(peer, candidates));
    }

    /** Ends a connection; nothing more is told of it. */
    public void disconnect(QueuePairSet set) {
        Connection connection = connections.get(set);
        if (connection != null) {
            connection.disconnect();
        }
    }

    /** The queue pairs are destroyed. */
    public void destroyed(QueuePairSet set) {
        Connection connection = connections.remove(set);
        if (connection != null) {
            connection.close();
        }
    }

    @Override
    public void onRequest(IncomingRequest request) {
        if (isClosing || request.ownSet().isPresent()) {
            answer(request);
        } else {
            events.whenRoom(request.peer().rank(), () -> answerIfOpen(request));
        }
    }

    /** It may have waited for room, and be over meanwhile. */
    private void answerIfOpen(IncomingRequest request) {
        if (request.isOpen()) {
            answer(request);
        }
    }

    private void answer(IncomingRequest request) {
        int peer = request.peer().rank();
        String refusal = isClosing ? "the rank is closing" : events.admit(peer);
        if (!refusal.isEmpty()) {
            request.refuse(refusal);
            return;
        }
        try {
            QueuePairSet set = request.ownSet().isPresent() ? request.ownSet().get() : events.newSet(peer);
            request.accept(set);
            request.replaces()
                    .ifPresent(old -> events.disconnected(
                            old.queuePairs(),
                            "the peer has given it up and asked for a new one; the peer's own error says why"));
        } catch (VerbsException e) {
            LOG.warn("The request of rank {} for a connection is refused: {}", peer, e.getMessage());
            request.refuse("its side has no queue pairs: " + e.getMessage());
        }
    }

    @Override
    public void onConnected(Connection connection, List<TriedScheme> tried) {
        connected(connection, false, outcome(connection.scheme(), tried, "the peer asked for it"));
    }

    private void connected(Connection connection, boolean isOurs, Outcome outcome) {
        connections.put(connection.queuePairs(), connection);
        events.connected(connection.peer().rank(), connection.peerPort(), isOurs, connection.queuePairs(), outcome);
    }

    private static Outcome outcome(String scheme, List<TriedScheme> tried, String reason) {
        return new Outcome(scheme, tried.stream().map(TriedScheme::toString).toList(), reason);
    }

    private static Outcome failed(WireupFailure failure, List<TriedScheme> tried) {
        String last = tried.isEmpty() ? "" : tried.get(tried.size() - 1).scheme();
        return outcome(last, tried, failure.text());
    }

    @Override
    public void onFailed(WireupFailure failure, List<TriedScheme> tried) {
        events.failed(failure.peer().rank(), false, failed(failure, tried));
    }

    @Override
    public void onDisconnected(Connection connection, WireupFailure failure) {
        events.disconnected(connection.queuePairs(), failure.text());
    }

    /** From now on peers' requests are refused. */
    public void admitNobody() {
        isClosing = true;
    }

    /** Ends all attempts and serves no further request; connections that are up are disconnected. */
    @Override
    public void close() {
        admitNobody();
        if (wireups != null) {
            wireups.close();
        }
        connections.values().forEach(Connection::close);
        connections.clear();
    }

    /** An attempt of ours. */
    private final class Attempt implements PortWireups.Walk {
        private final int peer;
        private final int candidates;

        Attempt(int peer, int candidates) {
            this.peer = peer;
            this.candidates = candidates;
        }

        @Override
        public void onConnected(Connection connection, List<TriedScheme> tried) {
            connected(connection, true, outcome(connection.scheme(), tried, why(tried.size())));
        }

        private String why(int steps) {
            if (candidates == 1) {
                return "the only wireup of btl_openib_cpc that both have";
            }
            return steps == 1 ? "the best wireup that both have" : "the best wireup that both have and that connects";
        }

        @Override
        public void onFailed(WireupFailure failure, List<TriedScheme> tried) {
            events.failed(peer, true, failed(failure, tried));
        }
    }
}
