package io.openib.btl.openib.endpoint;

import io.openib.btl.openib.endpoint.WiringEvents.Outcome;
import io.openib.btl.openib.wire.ModexMessage.SchemeContact;
import io.openib.mca.ComponentNames;
import io.openib.mca.ComponentSelection;
import io.openib.mca.McaParameters;
import io.openib.verbs.VerbsException;
import io.openib.wireup.Connection;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wireups of one port: which of them reaches a peer, and what becomes of it. Of the control thread, except where it is
 * made.
 */
public final class Wiring implements IncomingConnections, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    private final WireupPort port;
    private final WiringEvents events;
    private final Map<String, WireupModule> modules = new LinkedHashMap<>();
    private final List<String> refusals = new ArrayList<>();
    private final IdentityHashMap<QueuePairSet, Connection> connections = new IdentityHashMap<>();
    private boolean isClosing;

    /** No attempts yet. */
    public Wiring(WireupPort port, WiringEvents events) {
        this.port = port;
        this.events = events;
    }

    /**
     * Opens the wireups that {@code btl_openib_cpc} selects; before anything else, from the opening thread.
     *
     * @return why those that are not usable are not, each with its name
     */
    public List<String> open(List<WireupComponent> components, McaParameters parameters) {
        ComponentSelection cpc = parameters.value(WireupParameters.CPC);
        ComponentNames names = ComponentNames.of(
                        "wireup", components.stream().map(WireupComponent::name).toList())
                .synonym("rdma_cm", "rdmacm");
        List<WireupComponent> selected =
                cpc.select(names, components, WireupComponent::name, parameters.origin(WireupParameters.CPC));
        for (WireupComponent component : selected) {
            try {
                modules.put(component.name(), component.open(port, parameters, this));
            } catch (WireupRefusedException e) {
                refusals.add(component.name() + ": " + e.reason());
            }
        }
        return List.copyOf(refusals);
    }

    /** Whether any wireup is usable. */
    public boolean isUsable() {
        return !modules.isEmpty();
    }

    /** What peers need to reach this port. */
    public List<SchemeContact> contacts() {
        List<SchemeContact> contacts = new ArrayList<>();
        modules.forEach((name, module) -> contacts.add(new SchemeContact(name, module.priority(), module.contact())));
        return contacts;
    }

    /**
     * Begins to connect; one outcome follows.
     *
     * @param contacts by scheme, those that the peer has
     * @param priorities by scheme, the peer's
     */
    public void connect(int peer, Map<String, PeerContact> contacts, Map<String, Integer> priorities) {
        new Attempt(peer, contacts, common(priorities)).next();
    }

    private WireupModule module(String scheme) {
        return Objects.requireNonNull(modules.get(scheme));
    }

    /** Schemes that both sides have: the highest priority of either side first, ties by name, so that both agree. */
    private List<String> common(Map<String, Integer> priorities) {
        Comparator<String> byPriority =
                Comparator.comparingInt(name -> -Math.max(module(name).priority(), priorities.getOrDefault(name, 0)));
        return modules.keySet().stream()
                .filter(priorities::containsKey)
                .sorted(byPriority.thenComparing(Comparator.naturalOrder()))
                .toList();
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
                    .ifPresent(old -> events.disconnected(old.queuePairs(), "the peer asked for a new connection"));
        } catch (VerbsException e) {
            LOG.warn("The request of rank {} for a connection is refused: {}", peer, e.getMessage());
            request.refuse("its side has no queue pairs: " + e.getMessage());
        }
    }

    @Override
    public void onConnected(Connection connection) {
        String how = connection.scheme() + ": connected";
        connected(connection, new Outcome(connection.scheme(), List.of(how), "the peer asked for it"));
    }

    private void connected(Connection connection, Outcome outcome) {
        connections.put(connection.queuePairs(), connection);
        events.connected(connection.peer().rank(), connection.queuePairs(), outcome);
    }

    @Override
    public void onFailed(WireupFailure failure) {
        events.failed(failure.peer().rank(), false, new Outcome("", List.of(failure.text()), failure.text()));
    }

    @Override
    public void onDisconnected(Connection connection, WireupFailure failure) {
        events.disconnected(connection.queuePairs(), failure.text());
    }

    /** Ends all attempts and serves no further request; connections that are up are disconnected. */
    @Override
    public void close() {
        isClosing = true;
        for (WireupModule module : modules.values()) {
            module.close();
        }
        connections.values().forEach(Connection::close);
        connections.clear();
    }

    /** An attempt of ours, scheme after scheme. */
    private final class Attempt implements OutgoingConnection {
        private final int peer;
        private final Map<String, PeerContact> contacts;
        private final List<String> schemes;
        private final List<String> tried = new ArrayList<>();
        private int current = -1;
        private String last = "";

        Attempt(int peer, Map<String, PeerContact> contacts, List<String> schemes) {
            this.peer = peer;
            this.contacts = contacts;
            this.schemes = schemes;
        }

        void next() {
            current++;
            if (current < schemes.size()) {
                String scheme = schemes.get(current);
                last = scheme;
                module(scheme).connect(Objects.requireNonNull(contacts.get(scheme)), this);
                return;
            }
            if (schemes.isEmpty()) {
                tried.add("no wireup in common: this rank has " + modules.keySet() + refusals + ", "
                        + new PeerName(peer) + " has " + contacts.keySet());
            }
            events.failed(peer, true, new Outcome(last, tried, tried.get(tried.size() - 1)));
        }

        @Override
        public void onConnected(Connection connection) {
            tried.add(last + ": connected");
            String why = schemes.size() == 1 ? "the only wireup that both have" : "the best wireup that both have";
            connected(connection, new Outcome(connection.scheme(), tried, why));
        }

        @Override
        public void onFailed(WireupFailure failure) {
            tried.add(last + ": " + failure.text());
            if (!failure.reason().isCurableByAnother()) {
                current = schemes.size() - 1;
            }
            next();
        }
    }
}
