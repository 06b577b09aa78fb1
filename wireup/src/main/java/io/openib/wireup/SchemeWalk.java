package io.openib.wireup;

import io.openib.wireup.PortWireups.Walk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One walk through the candidates with a peer, best first, until one connects. Control thread only. */
final class SchemeWalk implements OutgoingConnection {
    private static final Logger LOG = LoggerFactory.getLogger(SchemeWalk.class);

    /** A scheme that fails sooner has not waited for the peer; it would be begun anew without an end. */
    private static final long LEAST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Map<PeerName, SchemeWalk> walks;
    private final WireupPort port;
    private final Map<String, WireupModule> modules;
    private final PeerName peer;
    private final List<String> schemes;
    private final List<PeerContact> contacts;
    private final String nothingInCommon;
    private final Walk outcome;
    private final List<TriedScheme> tried = new ArrayList<>();
    private int position = -1;
    private WireupModule.@Nullable PendingConnection pending;
    private long begunNs;
    private boolean isPatient;
    private long patientUntilNs;

    /**
     * @param walks all of the port that are under way
     * @param schemes the candidates, best first
     * @param contacts the peer's, for each of them
     * @param nothingInCommon what to say when there is no candidate
     */
    SchemeWalk(
            Map<PeerName, SchemeWalk> walks,
            WireupPort port,
            Map<String, WireupModule> modules,
            PeerName peer,
            List<String> schemes,
            List<PeerContact> contacts,
            String nothingInCommon,
            Walk outcome) {
        this.walks = walks;
        this.port = port;
        this.modules = modules;
        this.peer = peer;
        this.schemes = List.copyOf(schemes);
        this.contacts = List.copyOf(contacts);
        this.nothingInCommon = nothingInCommon;
        this.outcome = outcome;
    }

    PeerName peer() {
        return peer;
    }

    void start() {
        if (walks.putIfAbsent(peer, this) != null) {
            String text = port.place() + ": an attempt with " + peer + " is under way already";
            outcome.onFailed(new WireupFailure(WireupFailure.Reason.BUSY, peer, text), List.of());
        } else {
            next();
        }
    }

    boolean isAt(String scheme) {
        return position >= 0
                && position < schemes.size()
                && schemes.get(position).equals(scheme);
    }

    /** Whether the scheme that it is at is better than this one. */
    boolean prefersOwnTo(String scheme) {
        int rank = schemes.indexOf(scheme);
        return rank < 0 || rank > position;
    }

    private void next() {
        position++;
        isPatient = false;
        WireupModule module = position < schemes.size() ? modules.get(schemes.get(position)) : null;
        if (module == null) {
            end();
            outcome.onFailed(
                    new WireupFailure(WireupFailure.Reason.UNKNOWN_PEER, peer, nothingInCommon), List.copyOf(tried));
        } else {
            connect(module);
        }
    }

    /** One that throws has failed: another may do, unless it was only given no more time. */
    private void connect(WireupModule module) {
        begunNs = port.control().nanoTime();
        try {
            pending = module.connect(contacts.get(position), this);
        } catch (RuntimeException | LinkageError e) {
            if (port.control().isOver()) {
                onFailed(new WireupFailure(WireupFailure.Reason.CLOSED, peer, port.place() + " is closed"));
                return;
            }
            LOG.warn("Wireup {} failed to connect to {}", schemes.get(position), peer, e);
            onFailed(new WireupFailure(WireupFailure.Reason.DEVICE, peer, "it failed with " + e));
        }
    }

    private void end() {
        walks.remove(peer, this);
    }

    private boolean isOver() {
        return walks.get(peer) != this;
    }

    @Override
    public void onConnected(Connection connection) {
        if (isOver()) {
            connection.close();
            connection.queuePairs().discard();
        } else {
            connectedBy(connection);
        }
    }

    private void connectedBy(Connection connection) {
        end();
        tried.add(new TriedScheme(connection.scheme(), TriedScheme.CONNECTED));
        outcome.onConnected(connection, List.copyOf(tried));
    }

    @Override
    public void onFailed(WireupFailure failure) {
        if (isOver()) {
            return;
        }
        if (failure.reason() == WireupFailure.Reason.BUSY && mayPeerBeAtBetter()) {
            LOG.debug("{}; it may be at a better wireup yet, and is asked again", failure);
            connect(Objects.requireNonNull(modules.get(schemes.get(position))));
            return;
        }
        tried.add(new TriedScheme(schemes.get(position), failure.text()));
        if (failure.reason().isCurableByAnother() && position + 1 < schemes.size()) {
            LOG.info("{}; the next wireup is tried", failure);
            next();
        } else {
            end();
            outcome.onFailed(summary(failure), List.copyOf(tried));
        }
    }

    /**
     * Whether a peer that has put this side's requests off may do so because its own attempt by a better scheme goes on: as long as
     * those may take, from when it was first seen to.
     */
    private boolean mayPeerBeAtBetter() {
        long nowNs = port.control().nanoTime();
        if (!isPatient) {
            isPatient = true;
            long betterMs = schemes.subList(0, position).stream()
                    .mapToLong(better ->
                            Objects.requireNonNull(modules.get(better)).deadlineMs())
                    .sum();
            patientUntilNs = nowNs + TimeUnit.MILLISECONDS.toNanos(betterMs);
        }
        return nowNs - begunNs >= LEAST_WAIT_NS && nowNs - patientUntilNs < 0;
    }

    private WireupFailure summary(WireupFailure last) {
        if (tried.size() == 1) {
            return last;
        }
        String all = tried.stream().map(TriedScheme::toString).collect(Collectors.joining("; "));
        String host = contacts.get(position).host();
        return new WireupFailure(
                last.reason(), peer, port.place() + ": no wireup connects to " + peer + " on " + host + ": " + all);
    }

    /** The peer made the connection by a better scheme than this side is at. */
    void overtakenBy(Connection connection) {
        WireupModule.PendingConnection own = pending;
        connectedBy(connection);
        if (own != null) {
            own.cancel();
        }
    }
}
