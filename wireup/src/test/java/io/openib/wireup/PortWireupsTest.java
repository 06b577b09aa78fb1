package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.wireup.WireupFailure.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The walk through the candidates, with schemes that do as they are told. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class PortWireupsTest {
    private static final PeerName PEER = new PeerName(1);

    /** A scheme whose attempts wait until the test ends them. */
    private static final class Scripted implements WireupComponent, WireupModule {
        final String name;
        final int priority;
        final List<OutgoingConnection> attempts = new ArrayList<>();
        int cancelled;
        private @Nullable IncomingConnections incoming;

        Scripted(String name, int priority) {
            this.name = name;
            this.priority = priority;
        }

        IncomingConnections x() {
            return Optional.ofNullable(incoming).orElseThrow();
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int spiVersion() {
            return SPI_VERSION;
        }

        @Override
        public List<Parameter<?>> parameters() {
            return List.of();
        }

        @Override
        public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections x) {
            incoming = x;
            return this;
        }

        @Override
        public int priority() {
            return priority;
        }

        @Override
        public byte[] contact() {
            return new byte[] {1};
        }

        @Override
        public PendingConnection connect(PeerContact peer, OutgoingConnection outgoing) {
            attempts.add(outgoing);
            return () -> cancelled++;
        }

        @Override
        public void close() {
            // nothing is open
        }

        void fail(Reason reason) {
            attempts.get(attempts.size() - 1).onFailed(new WireupFailure(reason, PEER, name + " says " + reason));
        }
    }

    private static final class Ended implements PortWireups.Walk {
        final List<TriedScheme> tried = new ArrayList<>();

        @Nullable
        Connection connection;

        @Nullable
        WireupFailure failure;

        @Override
        public void onConnected(Connection made, List<TriedScheme> steps) {
            connection = made;
            tried.addAll(steps);
        }

        @Override
        public void onFailed(WireupFailure why, List<TriedScheme> steps) {
            failure = why;
            tried.addAll(steps);
        }

        WireupFailure requireFailure() {
            return Optional.ofNullable(failure).orElseThrow();
        }
    }

    private final SimulatedJob job = new SimulatedJob(3, 2);
    private final SimulatedProcess port = job.start(0);
    private final Scripted fast = new Scripted("fast", 60);
    private final Scripted sure = new Scripted("sure", 10);
    private final Ended walk = new Ended();
    private final PortWireups wireups = open();

    private PortWireups open() {
        try {
            McaParameters auto =
                    McaParameters.of(Map.of("btl_openib_cpc", "auto"), new WireupParameters().parameters());
            return PortWireups.open(port, List.of(sure, fast), auto, port);
        } catch (WireupRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private void connect(List<SchemeOffer> published) {
        wireups.connect(PEER, "node1", port.configuration(), published, walk);
        job.simulation.runUntilMs(job.simulation.nowMs() + 10);
    }

    private Connection connection(String scheme) {
        QueuePairSet set = port.createQueuePairs(PEER);
        return new Connection() {
            @Override
            public PeerName peer() {
                return PEER;
            }

            @Override
            public String scheme() {
                return scheme;
            }

            @Override
            public QueuePairSet queuePairs() {
                return set;
            }

            @Override
            public EffectiveConfiguration agreed() {
                return port.configuration();
            }

            @Override
            public long durationNs() {
                return 1;
            }

            @Override
            public void disconnect() {
                // nobody is told
            }

            @Override
            public void close() {
                // nothing is held
            }
        };
    }

    /** A request that notes how it was answered. */
    private static final class Asked implements IncomingRequest {
        boolean isDeferred;

        @Override
        public PeerName peer() {
            return PEER;
        }

        @Override
        public EffectiveConfiguration configuration() {
            return SimulatedProcess.configuration("P,128,256,192,128");
        }

        @Override
        public Optional<Connection> replaces() {
            return Optional.empty();
        }

        @Override
        public Optional<QueuePairSet> ownSet() {
            return Optional.empty();
        }

        @Override
        public void accept(QueuePairSet set) {
            set.discard();
        }

        @Override
        public void refuse(String reason) {
            throw new AssertionError(reason);
        }

        @Override
        public void defer() {
            isDeferred = true;
        }
    }

    @Test
    void shouldGoOnToTheNextAndKeepTheTrail() {
        connect(wireups.offers());
        assertThat(fast.attempts).hasSize(1);
        assertThat(sure.attempts).isEmpty();
        fast.fail(Reason.TIMEOUT);
        Connection made = connection("sure");
        sure.attempts.get(0).onConnected(made);
        assertThat(walk.connection).isSameAs(made);
        assertThat(walk.tried)
                .extracting(TriedScheme::toString)
                .containsExactly("fast: fast says TIMEOUT", "sure: connected");
    }

    @Test
    void shouldTellOfEachWhenNoneConnects() {
        connect(wireups.offers());
        fast.fail(Reason.UNREACHABLE);
        sure.fail(Reason.TIMEOUT);
        assertThat(walk.requireFailure().text())
                .contains("fast says UNREACHABLE", "sure says TIMEOUT", "rank 1", "node1");
        connect(wireups.offers());
        assertThat(fast.attempts).as("the next walk begins anew").hasSize(2);
    }

    @Test
    void shouldNotGoOnWhereNoOtherCouldHelp() {
        connect(wireups.offers());
        fast.fail(Reason.REFUSED);
        assertThat(sure.attempts).isEmpty();
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.REFUSED);
    }

    @Test
    void shouldSayWhatEachSideHasWhenNothingIsInCommon() {
        connect(List.of(new SchemeOffer("pigeon", 1, new byte[0])));
        assertThat(walk.requireFailure().text()).contains("fast", "sure", "pigeon", "btl_openib_cpc");
    }

    @Test
    void shouldPutOffARequestByAWorseSchemeWhileItsOwnIsUnderWay() {
        connect(wireups.offers());
        Asked worse = new Asked();
        sure.x().onRequest(worse);
        assertThat(worse.isDeferred).isTrue();
        assertThat(port.requests).isEmpty();
        fast.fail(Reason.TIMEOUT);
        Asked same = new Asked();
        sure.x().onRequest(same);
        assertThat(same.isDeferred).isFalse();
        assertThat(port.requests).containsExactly(same);
    }

    @Test
    void shouldTakeTheConnectionThatThePeerMadeByABetterScheme() {
        connect(wireups.offers());
        fast.fail(Reason.TIMEOUT);
        Connection made = connection("fast");
        fast.x().onConnected(made);
        assertThat(sure.cancelled).isEqualTo(1);
        assertThat(walk.connection).isSameAs(made);
        assertThat(port.fromX).as("Y is told, not X").isZero();
        sure.fail(Reason.CANCELLED);
        assertThat(walk.failure).isNull();
    }
}
