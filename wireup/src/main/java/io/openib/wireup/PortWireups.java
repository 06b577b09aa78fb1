package io.openib.wireup;

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
 * is refused while this side's own attempt is open, and repeated by the peer within its deadline.
 *
 * <p>Methods may be called from any thread; callbacks come on the control thread.
 */
public final class PortWireups implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortWireups.class);

    private final WireupPort port;
    private final Map<String, WireupModule> modules = new LinkedHashMap<>();
    private final Map<String, String> refusals = new LinkedHashMap<>();
    private final List<SchemeOffer> offers = new ArrayList<>();
    private final Map<PeerName, Chain> chains = new HashMap<>();
    private final IncomingConnections incoming;

    private PortWireups(WireupPort port, IncomingConnections incoming) {
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
            WireupPort port, List<WireupComponent> components, McaParameters parameters, IncomingConnections incoming)
            throws WireupRefusedException {
        PortWireups wireups = new PortWireups(port, incoming);
        List<WireupComponent> selected = WireupSelection.select(components, parameters);
        for (WireupComponent component : selected) {
            wireups.open(component, parameters, selected.indexOf(component));
        }
        if (wireups.modules.isEmpty()) {
            throw new WireupRefusedException("no wireup for " + port.place() + ": " + wireups.reasons());
        }
        return wireups;
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
        try {
            WireupModule module = component.open(port, parameters, new Screen(name));
            modules.put(name, module);
            int priority =
                    WireupSelection.published(parameters.value(WireupParameters.CPC), module.priority(), position);
            offers.add(new SchemeOffer(name, priority, module.contact()));
        } catch (WireupRefusedException e) {
            refusals.put(name, e.reason());
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("{} does not open", name, e);
            refusals.put(name, "does not open: " + e);
        }
    }

    private String reasons() {
        return refusals.isEmpty()
                ? "none was found; put a jar such as wireup-oob on the class path"
                : refusals.entrySet().stream()
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

    /** Hears how a walk through the candidates ended. On the control thread; exactly one call. */
    public interface Walk {
        /** One scheme made it. */
        void onConnected(Connection connection, List<TriedScheme> tried);

        /** None did; the failure is the last one's, and its sentence tells of all. */
        void onFailed(WireupFailure failure, List<TriedScheme> tried);
    }

    /**
     * Connects to a peer by the best scheme that works.
     *
     * @param peer whom
     * @param host where it runs, for people
     * @param configuration what it runs with
     * @param published its schemes on its port
     * @param walk Y
     */
    public void connect(
            PeerName peer, String host, EffectiveConfiguration configuration, List<SchemeOffer> published, Walk walk) {
        List<SchemeOffer> candidates = WireupSelection.candidates(offers, published);
        Chain chain = new Chain(peer, host, configuration, published, candidates, walk);
        if (!port.control().execute(() -> start(chain))) {
            throw new IllegalStateException(port.control() + " takes no more work; connect less at a time");
        }
    }

    private void start(Chain chain) {
        if (chains.putIfAbsent(chain.peer, chain) != null) {
            chain.walk.onFailed(
                    new WireupFailure(
                            WireupFailure.Reason.BUSY,
                            chain.peer,
                            port.place() + ": an attempt with " + chain.peer + " is under way already"),
                    List.of());
        } else {
            chain.next(null);
        }
    }

    /** One walk. Control thread only. */
    private final class Chain implements OutgoingConnection {
        private final PeerName peer;
        private final String host;
        private final EffectiveConfiguration configuration;
        private final List<SchemeOffer> published;
        private final List<SchemeOffer> candidates;
        private final Walk walk;
        private final List<TriedScheme> tried = new ArrayList<>();
        private int position = -1;
        private WireupModule.@Nullable PendingConnection pending;

        Chain(
                PeerName peer,
                String host,
                EffectiveConfiguration configuration,
                List<SchemeOffer> published,
                List<SchemeOffer> candidates,
                Walk walk) {
            this.peer = peer;
            this.host = host;
            this.configuration = configuration;
            this.published = published;
            this.candidates = candidates;
            this.walk = walk;
        }

        /** The place of a scheme among the candidates: the lower, the better. */
        int rank(String scheme) {
            for (int i = 0; i < candidates.size(); i++) {
                if (candidates.get(i).scheme().equals(scheme)) {
                    return i;
                }
            }
            return Integer.MAX_VALUE;
        }

        void next(@Nullable WireupFailure failure) {
            position++;
            if (position < candidates.size()) {
                SchemeOffer offer = candidates.get(position);
                WireupModule module = modules.get(offer.scheme());
                if (module != null) {
                    pending = module.connect(new PeerContact(peer, host, configuration, offer.blob()), this);
                    return;
                }
            }
            end();
            walk.onFailed(summary(failure), List.copyOf(tried));
        }

        private WireupFailure summary(@Nullable WireupFailure last) {
            if (last == null) {
                return new WireupFailure(WireupFailure.Reason.UNKNOWN_PEER, peer, nothingInCommon());
            }
            if (tried.size() == 1) {
                return last;
            }
            String all = tried.stream().map(TriedScheme::toString).collect(Collectors.joining("; "));
            return new WireupFailure(
                    last.reason(), peer, port.place() + ": no wireup connects to " + peer + " on " + host + ": " + all);
        }

        private String nothingInCommon() {
            String here = modules.keySet().toString();
            String there = published.stream().map(SchemeOffer::scheme).toList().toString();
            return port.place() + " and " + peer + " on " + host + " have no wireup in common: " + here + " here, "
                    + there
                    + " there" + (refusals.isEmpty() ? "" : " (not usable here: " + reasons() + ")")
                    + "; give all ranks the same btl_openib_cpc";
        }

        private void end() {
            chains.remove(peer, this);
        }

        @Override
        public void onConnected(Connection connection) {
            if (chains.get(peer) != this) {
                connection.close();
                connection.queuePairs().discard();
                return;
            }
            end();
            tried.add(new TriedScheme(connection.scheme(), "connected"));
            walk.onConnected(connection, List.copyOf(tried));
        }

        @Override
        public void onFailed(WireupFailure failure) {
            if (chains.get(peer) != this) {
                return;
            }
            tried.add(new TriedScheme(candidates.get(position).scheme(), failure.text()));
            if (failure.reason().isCurableByAnother() && position + 1 < candidates.size()) {
                LOG.info("{}; the next wireup is tried", failure);
                next(failure);
            } else {
                end();
                walk.onFailed(summary(failure), List.copyOf(tried));
            }
        }

        /** The peer made the connection by a better scheme than this side is at. */
        void overtakenBy(Connection connection) {
            end();
            if (pending != null) {
                pending.cancel();
            }
            tried.add(new TriedScheme(connection.scheme(), "connected"));
            walk.onConnected(connection, List.copyOf(tried));
        }
    }

    /** X of one scheme, before the transport's. */
    private final class Screen implements IncomingConnections {
        private final String scheme;

        Screen(String scheme) {
            this.scheme = scheme;
        }

        private @Nullable Chain otherChain(PeerName peer) {
            Chain chain = chains.get(peer);
            boolean isOther = chain != null
                    && chain.position < chain.candidates.size()
                    && !chain.candidates.get(chain.position).scheme().equals(scheme);
            return isOther ? chain : null;
        }

        @Override
        public void onRequest(IncomingRequest request) {
            Chain other = otherChain(request.peer());
            if (other != null && other.rank(scheme) > other.position) {
                request.defer();
            } else {
                incoming.onRequest(request);
            }
        }

        @Override
        public void onConnected(Connection connection) {
            Chain other = otherChain(connection.peer());
            if (other != null) {
                other.overtakenBy(connection);
            } else {
                incoming.onConnected(connection);
            }
        }

        @Override
        public void onFailed(WireupFailure failure) {
            incoming.onFailed(failure);
        }

        @Override
        public void onDisconnected(Connection connection, WireupFailure failure) {
            incoming.onDisconnected(connection, failure);
        }
    }

    /** Closes all modules; bounded in time by two seconds each. */
    @Override
    public void close() {
        modules.values().forEach(WireupModule::close);
    }
}
