package io.openib.wireup;

import io.openib.wireup.PortWireups.Walk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One walk through the candidates with a peer, best first, until one connects. Control thread only. */
final class SchemeWalk {
    private static final Logger LOG = LoggerFactory.getLogger(SchemeWalk.class);

    /** A scheme that fails sooner has not waited for the peer; it would be begun anew without an end. */
    private static final long LEAST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Map<PeerName, SchemeWalk> walks;
    private final WireupPort port;
    private final Map<String, PortScheme> portSchemes;
    private final PeerName peer;
    private final List<String> schemes;
    private final List<PeerContact> contacts;
    private final String nothingInCommon;
    private final Walk outcome;
    private final List<TriedScheme> tried = new ArrayList<>();
    private int position = -1;
    private @Nullable Attempt attempt;
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
            Map<String, PortScheme> portSchemes,
            PeerName peer,
            List<String> schemes,
            List<PeerContact> contacts,
            String nothingInCommon,
            Walk outcome) {
        this.walks = walks;
        this.port = port;
        this.portSchemes = portSchemes;
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
        if (position < schemes.size()) {
            connect();
        } else {
            end();
            outcome.onFailed(
                    new WireupFailure(WireupFailure.Reason.UNKNOWN_PEER, peer, nothingInCommon), List.copyOf(tried));
        }
    }

    private PortScheme scheme(int number) {
        return Objects.requireNonNull(portSchemes.get(schemes.get(number)));
    }

    private void connect() {
        Attempt next = new Attempt(scheme(position));
        attempt = next;
        next.begin(contacts.get(position));
    }

    private void end() {
        walks.remove(peer, this);
    }

    private boolean isOver() {
        return walks.get(peer) != this;
    }

    private void connectedBy(Connection connection) {
        end();
        tried.add(new TriedScheme(connection.scheme(), TriedScheme.CONNECTED));
        outcome.onConnected(connection, List.copyOf(tried));
    }

    private void onFailed(WireupFailure failure, long tookNs) {
        if (failure.reason() == WireupFailure.Reason.BUSY && tookNs >= LEAST_WAIT_NS && mayPeerBeAtBetter()) {
            LOG.debug("{}; it may be at a better wireup yet, and is asked again", failure);
            connect();
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
            long betterMs = IntStream.range(0, position)
                    .mapToLong(better -> scheme(better).mostMs())
                    .sum();
            patientUntilNs = nowNs + TimeUnit.MILLISECONDS.toNanos(betterMs);
        }
        return nowNs - patientUntilNs < 0;
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
        Attempt own = attempt;
        connectedBy(connection);
        if (own != null) {
            own.cancel();
        }
    }

    /** One attempt by one scheme. What that says once the walk has gone on does not count any more. */
    private final class Attempt implements OutgoingConnection {
        private final PortScheme by;
        private final long begunNs = port.control().nanoTime();
        private WireupModule.@Nullable PendingConnection pending;
        private Runnable timer = () -> {};
        private boolean hasBeenFirst;

        Attempt(PortScheme by) {
            this.by = by;
        }

        /** One that throws has failed: another may do, unless it was only given no more time. */
        void begin(PeerContact contact) {
            by.join(this);
            watch();
            try {
                pending = by.module().connect(contact, this);
            } catch (RuntimeException | LinkageError e) {
                if (port.control().isOver()) {
                    onFailed(new WireupFailure(WireupFailure.Reason.CLOSED, peer, port.place() + " is closed"));
                    return;
                }
                LOG.warn("Wireup {} failed to connect to {}", by.name(), peer, e);
                onFailed(new WireupFailure(WireupFailure.Reason.DEVICE, peer, "it failed with " + e));
            }
        }

        private boolean isPast() {
            return isOver() || attempt != this;
        }

        @Override
        public void onConnected(Connection connection) {
            by.leaveWithOutcome(this, port.control().nanoTime());
            timer.run();
            if (isPast()) {
                giveBack(connection);
            } else {
                connectedBy(connection);
            }
        }

        @Override
        public void onFailed(WireupFailure failure) {
            long nowNs = port.control().nanoTime();
            by.leaveWithOutcome(this, nowNs);
            timer.run();
            if (!isPast()) {
                SchemeWalk.this.onFailed(failure, nowNs - begunNs);
            }
        }

        /** Somebody else may have written it: what it throws does not keep the walk from going on. */
        void cancel() {
            by.leave(this);
            timer.run();
            try {
                if (pending != null) {
                    pending.cancel();
                }
            } catch (RuntimeException | LinkageError e) {
                LOG.debug("{} cannot be cancelled", by.name(), e);
            }
        }

        private void giveBack(Connection late) {
            try {
                late.close();
            } catch (RuntimeException | LinkageError e) {
                LOG.debug("{} cannot be closed", late, e);
            }
            late.queuePairs().discard();
        }

        private void watch() {
            timer = port.control().schedule(by.mostMs(), this::onNoOutcome);
        }

        /**
         * A scheme answers in time, whatever the peer does; one that somebody else wrote may not. An attempt that waits for its
         * turn behind others is left alone as long as those end.
         */
        private void onNoOutcome() {
            if (isPast()) {
                by.leave(this);
                return;
            }
            boolean mayStillWait = !hasBeenFirst
                    && by.hasToldSince(port.control().nanoTime() - TimeUnit.MILLISECONDS.toNanos(by.mostMs()));
            if (mayStillWait) {
                hasBeenFirst = by.isFirst(this);
                watch();
                return;
            }
            long tookMs = TimeUnit.NANOSECONDS.toMillis(port.control().nanoTime() - begunNs);
            String text = port.place() + ": wireup " + by.name() + " has told no outcome with " + peer + " on "
                    + contacts.get(position).host() + " in " + tookMs
                    + " ms, which is longer than it may take; use another, as with btl_openib_cpc = ^" + by.name();
            LOG.warn("{}", text);
            attempt = null;
            cancel();
            SchemeWalk.this.onFailed(new WireupFailure(WireupFailure.Reason.TIMEOUT, peer, text), 0);
        }
    }
}
