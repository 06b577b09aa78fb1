package io.openib.wireup;

import io.openib.wireup.WireupFailure.Reason;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The symmetric handshake with all peers of one port, over any carrier of small messages: what a scheme needs to be one,
 * except the carrier. It bounds how many attempts are under way and repeats what is not answered. Peers that do not answer at
 * all, since they are dead or what is sent to them is swallowed, hold up no others for long: attempts with them soon count apart.
 *
 * <p>{@link #connect} and {@link #close} may be called from any thread, the rest on the control thread.
 */
public final class Handshakes {
    private static final Logger LOG = LoggerFactory.getLogger(Handshakes.class);

    private final HandshakeScope scope;
    private final Map<PeerName, PeerHandshake> peers = new HashMap<>();
    private final Deque<Turn> line = new ArrayDeque<>();
    private final Set<PeerHandshake> asked = new HashSet<>();
    private final Turns turns = new Counter();
    private int running;
    private int silent;
    private boolean isClosed;

    private record Turn(PeerHandshake peer, Attempt attempt) {}

    private Handshakes(HandshakeScope scope) {
        this.scope = scope;
    }

    /**
     * Handshakes for one port.
     *
     * @param port where
     * @param settings of the scheme
     * @param carrier of the messages
     * @param incoming X
     */
    public static Handshakes create(
            WireupPort port, HandshakeSettings settings, MessageCarrier carrier, IncomingConnections incoming) {
        return create(port, settings, carrier, incoming, new SecureRandom(), Generation.next());
    }

    static Handshakes create(
            WireupPort port,
            HandshakeSettings settings,
            MessageCarrier carrier,
            IncomingConnections incoming,
            Random random,
            long generation) {
        return new Handshakes(new HandshakeScope(port, settings, carrier, incoming, random, generation));
    }

    /** Reads and writes this job's messages; safe for every thread. */
    public HandshakeCodec codec() {
        return scope.codec();
    }

    /**
     * As {@link WireupModule#connect}.
     *
     * @throws IllegalStateException if the control thread takes no more work
     */
    public WireupModule.PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
        long requestedNs = scope.control().nanoTime();
        OwnAttempt own = new OwnAttempt();
        if (!scope.control().execute(() -> start(peer, outgoing, requestedNs, own))) {
            throw new IllegalStateException(scope.control() + " takes no more work; connect less at a time");
        }
        return () -> {
            own.isCancelled = true;
            scope.control().execute(own::cancel);
        };
    }

    /** The attempt behind a handle. Control thread only, but for the mark that it was given up. */
    private final class OwnAttempt {
        private volatile boolean isCancelled;
        private Runnable cancellation = () -> {};

        void is(PeerHandshake handshake, Attempt attempt) {
            cancellation = () -> {
                handshake.cancel(attempt);
                turns.settle(handshake);
            };
        }

        void cancel() {
            cancellation.run();
        }
    }

    private void start(PeerContact contact, OutgoingConnection outgoing, long requestedNs, OwnAttempt own) {
        PeerName name = contact.name();
        if (isClosed) {
            outgoing.onFailed(scope.describe(name, contact, Reason.CLOSED, "the module is closed"));
        } else if (own.isCancelled) {
            outgoing.onFailed(scope.describe(name, contact, Reason.CANCELLED, "the attempt was cancelled"));
        } else if (name.equals(scope.port().name())) {
            Loopback.connect(scope.port(), scope.settings().scheme(), outgoing);
        } else if (!scope.port().isMember(name)) {
            outgoing.onFailed(scope.describe(name, contact, Reason.UNKNOWN_PEER, "the job has no such process"));
        } else {
            PeerHandshake handshake = of(name);
            Attempt attempt = handshake.prepare(contact, outgoing, requestedNs);
            if (attempt == null) {
                outgoing.onFailed(scope.describe(name, contact, Reason.BUSY, "an attempt is under way already"));
                return;
            }
            own.is(handshake, attempt);
            if (attempt.phase == Attempt.Phase.WAITING) {
                line.add(new Turn(handshake, attempt));
                serveLine();
            }
        }
    }

    private PeerHandshake of(PeerName name) {
        return peers.computeIfAbsent(name, peer -> new PeerHandshake(scope, turns, peer));
    }

    private void serveLine() {
        while (running < scope.settings().maxAttempts()) {
            Turn next = line.poll();
            if (next == null) {
                return;
            }
            if (next.attempt().phase == Attempt.Phase.WAITING) {
                begin(next.peer(), next.attempt());
            }
        }
    }

    private void begin(PeerHandshake peer, Attempt attempt) {
        attempt.holdsSlot = true;
        running++;
        awaitAnswer(attempt);
        peer.begin(attempt);
    }

    private void awaitAnswer(Attempt attempt) {
        scope.control().schedule(scope.settings().patienceMs(), () -> onPatienceOver(attempt));
    }

    private void onPatienceOver(Attempt attempt) {
        if (!attempt.holdsSlot || !attempt.isUnanswered()) {
            return;
        }
        if (silent == scope.settings().maxSilent()) {
            awaitAnswer(attempt); // one of those may end before
            return;
        }
        attempt.isSilent = true;
        silent++;
        running--;
        serveLine();
    }

    /**
     * Whether a message is of the past: whoever recorded it may say it again, so that the way by which it came is none to the
     * peer that it names. It is to be handed on all the same, since the peer may have missed the answer.
     */
    public boolean isOfThePast(HandshakeMessage message) {
        PeerHandshake handshake = peers.get(message.source());
        return handshake != null && handshake.isOfThePast(message);
    }

    /** A message of this job that has been decoded; whom it names and where it came from is judged here. */
    public void onMessage(HandshakeMessage message) {
        PeerName source = message.source();
        if (isClosed) {
            return;
        }
        if (!message.destination().equals(scope.port().name())
                || source.equals(scope.port().name())
                || !scope.port().isMember(source)) {
            LOG.debug(
                    "A message from {} to {} is not for {}",
                    source,
                    message.destination(),
                    scope.port().name());
            return;
        }
        if (!message.isMeantFor(scope.carrier().module())) {
            LOG.debug("A message from {} is for another port of {}", source, message.destination());
            return;
        }
        of(source).onMessage(message);
    }

    /**
     * The carrier cannot reach a peer at the moment. It is tried again until the deadline; the detail is told if that
     * comes first.
     */
    public void onTrouble(PeerName peer, Reason reason, String detail) {
        PeerHandshake handshake = peers.get(peer);
        if (handshake != null) {
            handshake.onTrouble(reason, detail);
        }
    }

    /** The carrier has found that the peer takes no messages any more, and never will: nothing waits for its answer. */
    public void onGone(PeerName peer, String detail) {
        PeerHandshake handshake = peers.get(peer);
        if (handshake != null) {
            handshake.onGone(detail);
        }
    }

    /**
     * A way on which the peer had answered is gone: what was said last may not have arrived and is said again at once, unless
     * the answer was that it is busy.
     */
    public void onWayLost(PeerName peer) {
        PeerHandshake handshake = peers.get(peer);
        if (handshake != null) {
            handshake.repeatNow();
        }
    }

    /** Ends every attempt and every wait for the transport's answer. On the control thread; idempotent. */
    public void close() {
        if (!isClosed) {
            isClosed = true;
            line.clear();
            List.copyOf(new ArrayList<>(peers.values())).forEach(PeerHandshake::close);
        }
    }

    private final class Counter implements Turns {
        @Override
        public void release(Attempt attempt) {
            if (attempt.holdsSlot) {
                attempt.holdsSlot = false;
                if (attempt.isSilent) {
                    silent--;
                } else {
                    running--;
                }
                if (!isClosed) {
                    scope.control().schedule(0, Handshakes.this::serveLine);
                }
            }
        }

        @Override
        public boolean mayAsk(PeerHandshake peer) {
            if (asked.size() >= scope.settings().maxAttempts()) {
                return false;
            }
            asked.add(peer);
            return true;
        }

        @Override
        public void settle(PeerHandshake peer) {
            if (!peer.isAsked()) {
                asked.remove(peer);
            }
        }
    }
}
