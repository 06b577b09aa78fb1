package io.openib.wireup;

import io.openib.mca.ComponentSelection;
import io.openib.mca.McaParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All selected schemes on one port. With a peer it tries the candidates one after the other, best first, as long as a
 * failure is one that another scheme could cure, and keeps the trail of reasons.
 *
 * <p>The peer does the same with the same candidates. Where the two are at different ones, the better candidate wins: a
 * request by a better one than this side is at goes to the transport, and its success ends this side's attempt; one by a worse
 * is put off while this side's own attempt is open, and the peer, which asks again until its deadline, begins anew for as long as the
 * better ones may take.
 *
 * <p>A request by one scheme from a peer that is connected by another replaces that connection, as if it were of the same.
 *
 * <p>Methods may be called from any thread; callbacks come on the control thread.
 */
public final class PortWireups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortWireups.class);

    private final WireupPort port;
    private final Map<String, PortScheme> schemes = new LinkedHashMap<>();
    private final Map<String, String> refusals = new LinkedHashMap<>();
    private final List<SchemeOffer> offers = new ArrayList<>();
    private final Map<PeerName, SchemeWalk> walks = new HashMap<>();
    private final Map<PeerName, Connection> connections = new HashMap<>();
    private final Map<PeerName, Map<String, TriedScheme>> trails = new HashMap<>();
    private final Incoming incoming;

    private PortWireups(WireupPort port, Incoming incoming) {
        this.port = port;
        this.incoming = incoming;
    }

    /**
     * Opens the selected schemes on a port.
     *
     * @param port where
     * @param components all that were found
     * @param parameters resolved, with those of all components and {@link WireupParameters} among them
     * @param incoming X, for all schemes
     * @throws io.openib.mca.McaException if the selection names an unknown scheme
     * @throws WireupRefusedException if no selected scheme runs on this port, with each one's reason
     */
    public static PortWireups open(
            WireupPort port, List<WireupComponent> components, McaParameters parameters, Incoming incoming)
            throws WireupRefusedException {
        PortWireups wireups = new PortWireups(port, incoming);
        List<WireupComponent> selected = WireupSelection.select(components, parameters);
        for (WireupComponent component : selected) {
            wireups.open(component, parameters, selected.indexOf(component));
        }
        for (String name : WireupSelection.passedOver(components, parameters.value(WireupParameters.CPC))) {
            wireups.refusals.put(name, "it is one of Open MPI's, and there is none here");
        }
        if (wireups.schemes.isEmpty()) {
            String why = selected.isEmpty() ? whyNone(components, parameters) : wireups.reasons();
            throw new WireupRefusedException("no wireup for " + port.place() + ": " + why);
        }
        return wireups;
    }

    private static String whyNone(List<WireupComponent> components, McaParameters parameters) {
        if (components.isEmpty()) {
            return "none was found; put a jar such as wireup-oob on the class path";
        }
        ComponentSelection selection = parameters.value(WireupParameters.CPC);
        return "btl_openib_cpc = " + selection + " (" + parameters.origin(WireupParameters.CPC) + ") leaves none of "
                + components.stream().map(WireupComponent::name).collect(Collectors.joining(", "));
    }

    private void open(WireupComponent component, McaParameters parameters, int position) {
        String name = component.name();
        if (component.spiVersion() != WireupComponent.SPI_VERSION) {
            refusals.put(
                    name,
                    "made for version " + component.spiVersion() + " of the wireup interface, this is version "
                            + WireupComponent.SPI_VERSION);
            return;
        }
        WireupModule module = null;
        try {
            module = component.open(port, parameters, new Screen(name));
            int priority =
                    WireupSelection.published(parameters.value(WireupParameters.CPC), module.priority(), position);
            SchemeOffer offer = new SchemeOffer(name, priority, checked(module.contact()));
            schemes.put(name, new PortScheme(name, module));
            offers.add(offer);
        } catch (WireupRefusedException e) {
            refusals.put(name, e.reason());
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("{} does not open", name, e);
            refusals.put(name, "does not open: " + e);
            if (module != null) {
                abandon(name, module);
            }
        }
    }

    /** The modex of each rank holds one of each scheme and port. */
    private static byte[] checked(byte[] contact) {
        if (contact.length > WireupModule.MOST_CONTACT_BYTES) {
            throw new IllegalStateException("its contact has " + contact.length + " bytes, and "
                    + WireupModule.MOST_CONTACT_BYTES + " is the most");
        }
        return contact;
    }

    /** Somebody else may have written it: what it throws keeps nothing else from being closed. */
    private static void abandon(String name, WireupModule module) {
        try {
            module.close();
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("{} does not close", name, e);
        }
    }

    private String reasons() {
        return refusals.entrySet().stream()
                .map(refusal -> refusal.getKey() + ": " + refusal.getValue())
                .collect(Collectors.joining("; "));
    }

    /** What to publish for this port. */
    public List<SchemeOffer> offers() {
        return List.copyOf(offers);
    }

    /** The selected schemes that do not run here, each with its reason. */
    public Map<String, String> refusals() {
        return Map.copyOf(refusals);
    }

    /** X for all schemes together. On the control thread; must not block. */
    public interface Incoming {
        /** As {@link IncomingConnections#onRequest}. */
        void onRequest(IncomingRequest request);

        /** As {@link IncomingConnections#onConnected}, with what the peer had tried before. */
        void onConnected(Connection connection, List<TriedScheme> tried);

        /**
         * As {@link IncomingConnections#onFailed}, where nothing more is to come of it. As long as the peer may go on to
         * another scheme nothing is told, and the step is in the trail of what comes.
         */
        void onFailed(WireupFailure failure, List<TriedScheme> tried);

        /** As {@link IncomingConnections#onDisconnected}. */
        void onDisconnected(Connection connection, WireupFailure failure);
    }

    /** Hears how a walk through the candidates ended. On the control thread; exactly one call. */
    public interface Walk {
        /** One scheme made it. */
        void onConnected(Connection connection, List<TriedScheme> tried);

        /** None did; the failure is the last one's, and its sentence tells of all. */
        void onFailed(WireupFailure failure, List<TriedScheme> tried);
    }

    /**
     * Connects to a peer by the best scheme that works. On the control thread the attempt is open when this returns, or has
     * failed.
     *
     * @param peer whom
     * @param host where it runs, for people
     * @param configuration what it runs with
     * @param published its schemes on its port
     * @param outcome Y
     * @throws IllegalStateException if the control thread takes no more work
     */
    public void connect(
            PeerName peer,
            String host,
            EffectiveConfiguration configuration,
            List<SchemeOffer> published,
            Walk outcome) {
        List<PeerContact> contacts = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (SchemeOffer offer : WireupSelection.candidates(offers, published)) {
            candidates.add(offer.scheme());
            contacts.add(new PeerContact(peer, host, configuration, offer.blob()));
        }
        String nothing = candidates.isEmpty() ? nothingInCommon(peer, host, published) : "";
        SchemeWalk walk =
                new SchemeWalk(walks, port, schemes, peer, candidates, contacts, nothing, new Outcome(outcome));
        if (port.control().isControlThread()) {
            // What the caller knows of the peer may have changed by the time that other work has been done.
            start(walk);
        } else if (!port.control().execute(() -> start(walk))) {
            throw new IllegalStateException(port.control() + " takes no more work; connect less at a time");
        }
    }

    private String nothingInCommon(PeerName peer, String host, List<SchemeOffer> published) {
        return port.place() + " and " + peer + " on " + host + " have no wireup in common: " + schemes.keySet()
                + " here, " + published.stream().map(SchemeOffer::scheme).toList() + " there"
                + (refusals.isEmpty() ? "" : " (not usable here: " + reasons() + ")")
                + "; give all ranks the same btl_openib_cpc";
    }

    private void start(SchemeWalk walk) {
        trails.remove(walk.peer());
        walk.start();
    }

    /** Y, after the connection has been noted. */
    private final class Outcome implements Walk {
        private final Walk transport;

        Outcome(Walk transport) {
            this.transport = transport;
        }

        @Override
        public void onConnected(Connection connection, List<TriedScheme> tried) {
            connections.put(connection.peer(), connection);
            transport.onConnected(connection, tried);
        }

        @Override
        public void onFailed(WireupFailure failure, List<TriedScheme> tried) {
            transport.onFailed(failure, tried);
        }
    }

    private List<TriedScheme> trailWith(PeerName peer, TriedScheme last) {
        Map<String, TriedScheme> trail = trails.getOrDefault(peer, Map.of());
        trails.remove(peer);
        List<TriedScheme> steps = new ArrayList<>(trail.values());
        steps.removeIf(step -> step.scheme().equals(last.scheme()));
        steps.add(last);
        return List.copyOf(steps);
    }

    /** X of one scheme, before the transport's. */
    private final class Screen implements IncomingConnections {
        private final String scheme;

        Screen(String scheme) {
            this.scheme = scheme;
        }

        /** This side's walk with a peer, if it is at another scheme. */
        private @Nullable SchemeWalk otherWalk(PeerName peer) {
            SchemeWalk walk = walks.get(peer);
            return walk == null || walk.isAt(scheme) ? null : walk;
        }

        @Override
        public void onRequest(IncomingRequest request) {
            SchemeWalk other = otherWalk(request.peer());
            Connection held = connections.get(request.peer());
            if (other != null && other.prefersOwnTo(scheme)) {
                request.defer();
            } else if (held != null && !held.scheme().equals(scheme)) {
                incoming.onRequest(new ReplacingRequest(request, held, port.control()));
            } else {
                incoming.onRequest(request);
            }
        }

        @Override
        public void onConnected(Connection connection) {
            SchemeWalk own = walks.get(connection.peer());
            if (own != null) {
                // at another scheme, or at this one and about to begin
                own.overtakenBy(connection);
                return;
            }
            connections.put(connection.peer(), connection);
            TriedScheme made = new TriedScheme(scheme, TriedScheme.CONNECTED);
            incoming.onConnected(connection, trailWith(connection.peer(), made));
        }

        @Override
        public void onFailed(WireupFailure failure) {
            PeerName peer = failure.peer();
            TriedScheme step = new TriedScheme(scheme, failure.text());
            SchemeWalk walk = walks.get(peer);
            if (walk != null) {
                LOG.debug("{}; this side's own attempt goes on", failure);
            } else if (schemes.size() > 1 && failure.reason().isCurableByAnother()) {
                LOG.info("{}; the peer may go on to the next wireup", failure);
                trails.computeIfAbsent(peer, name -> new LinkedHashMap<>()).put(scheme, step);
            } else {
                incoming.onFailed(failure, trailWith(peer, step));
            }
        }

        @Override
        public void onDisconnected(Connection connection, WireupFailure failure) {
            connections.remove(connection.peer(), connection);
            incoming.onDisconnected(connection, failure);
        }
    }

    /** Closes all modules; bounded in time by two seconds each. Connections stay. */
    @Override
    public void close() {
        schemes.forEach((name, scheme) -> abandon(name, scheme.module()));
    }
}
