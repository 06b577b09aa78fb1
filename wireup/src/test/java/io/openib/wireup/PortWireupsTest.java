package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaParameters;
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
    static final PeerName PEER = new PeerName(1);

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

    /** X, which answers nothing. */
    private static final class Heard implements PortWireups.Incoming {
        final List<IncomingRequest> requests = new ArrayList<>();
        final List<Connection> connections = new ArrayList<>();
        final List<WireupFailure> failures = new ArrayList<>();
        final List<String> tried = new ArrayList<>();

        private void note(List<TriedScheme> steps) {
            tried.clear();
            steps.forEach(step -> tried.add(step.toString()));
        }

        @Override
        public void onRequest(IncomingRequest request) {
            requests.add(request);
        }

        @Override
        public void onConnected(Connection connection, List<TriedScheme> steps) {
            connections.add(connection);
            note(steps);
        }

        @Override
        public void onFailed(WireupFailure failure, List<TriedScheme> steps) {
            failures.add(failure);
            note(steps);
        }

        @Override
        public void onDisconnected(Connection connection, WireupFailure failure) {
            connections.remove(connection);
        }
    }

    private final SimulatedJob job = new SimulatedJob(3, 2);
    private final SimulatedProcess port = job.start(0);
    private final ScriptedScheme fast = new ScriptedScheme("fast", 60);
    private final ScriptedScheme sure = new ScriptedScheme("sure", 10);
    private final Ended walk = new Ended();
    private final Heard heard = new Heard();
    private final PortWireups wireups = open("auto");

    private PortWireups open(String cpc) {
        try {
            McaParameters values = McaParameters.of(Map.of("btl_openib_cpc", cpc), new WireupParameters().parameters());
            return PortWireups.open(port, List.of(sure, fast), values, heard);
        } catch (WireupRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private void connect(List<SchemeOffer> published) {
        wireups.connect(PEER, "node1", port.configuration(), published, walk);
        job.simulation.runUntilMs(job.simulation.nowMs() + 10);
    }

    private final List<Connection> disconnected = new ArrayList<>();
    private final List<Connection> closed = new ArrayList<>();

    private Connection connection(String scheme) {
        QueuePairSet set = port.createQueuePairs(PEER);
        return new Connection() {
            @Override
            public PeerName peer() {
                return PEER;
            }

            @Override
            public int peerPort() {
                return 0;
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
                disconnected.add(this);
            }

            @Override
            public void close() {
                closed.add(this);
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
    void shouldGoOnToTheNextWhenOneThrows() {
        fast.isThrowing = true;
        connect(List.of(new SchemeOffer("fast", 60, new byte[1]), new SchemeOffer("sure", 10, new byte[1])));
        sure.fail(Reason.TIMEOUT);
        assertThat(walk.tried).hasSize(2);
        assertThat(walk.tried.get(0).toString()).contains("a contact that fast cannot read");
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.TIMEOUT);
    }

    /** Three of fast's deadlines. */
    private static final long MOST_MS = 9 * ScriptedScheme.DEADLINE_MS;

    @Test
    void shouldGoOnToTheNextWhenOneNeverTells() {
        connect(wireups.offers());
        job.simulation.runUntilMs(MOST_MS - 1);
        assertThat(sure.attempts).isEmpty();
        job.simulation.runUntilMs(MOST_MS + 10);
        assertThat(fast.cancelled).isEqualTo(1);
        assertThat(sure.attempts).hasSize(1);
        Connection late = connection("fast");
        fast.attempts.get(0).onConnected(late);
        fast.fail(Reason.CANCELLED);
        assertThat(closed).as("what comes too late").containsExactly(late);
        assertThat(walk.connection).isNull();
        assertThat(walk.failure).isNull();
        Connection made = connection("sure");
        sure.attempts.get(0).onConnected(made);
        assertThat(walk.connection).isSameAs(made);
        assertThat(walk.tried.get(0).toString()).contains("wireup fast has told no outcome", "node1", "^fast");
    }

    @Test
    void shouldGoOnThoughOneThatNeverTellsCannotBeCancelled() {
        fast.isStubborn = true;
        connect(wireups.offers());
        job.simulation.runUntilMs(MOST_MS + 10);
        assertThat(fast.cancelled).isEqualTo(1);
        assertThat(sure.attempts).hasSize(1);
    }

    @Test
    void shouldEndWhenTheOnlyOneNeverTells() {
        connect(wireups.offers().subList(1, 2));
        job.simulation.runUntilMs(MOST_MS + 10);
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.TIMEOUT);
        connect(wireups.offers().subList(1, 2));
        job.simulation.runUntilMs(2 * MOST_MS);
        assertThat(fast.attempts).as("there is no walk any more").hasSize(2);
    }

    @Test
    void shouldLeaveOneAloneThatWaitsForItsTurn() {
        Ended second = new Ended();
        connect(wireups.offers());
        wireups.connect(new PeerName(2), "node2", port.configuration(), wireups.offers(), second);
        job.simulation.runUntilMs(MOST_MS - 1);
        fast.attempts.get(0).onFailed(new WireupFailure(Reason.REFUSED, PEER, "at last"));
        job.simulation.runUntilMs(2 * MOST_MS - 100);
        assertThat(fast.cancelled).as("one before it ended a moment ago").isZero();
        job.simulation.runUntilMs(2 * MOST_MS + 100);
        assertThat(fast.cancelled).isEqualTo(1);
        sure.fail(Reason.REFUSED);
        assertThat(second.tried).hasSize(2);
    }

    @Test
    void shouldLeaveOutOneWithoutADeadline() throws WireupRefusedException {
        fast.deadlineMs = 0;
        assertThat(open("auto").refusals())
                .hasEntrySatisfying("fast", why -> assertThat(why).contains("its deadline is 0 ms"));
        assertThat(fast.closed).isEqualTo(1);
    }

    @Test
    void shouldBeClosedWhenOneThrowsSinceItsThreadIsOver() {
        fast.isThrowing = true;
        job.simulation.end();
        connect(wireups.offers());
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.CLOSED);
        assertThat(sure.attempts).isEmpty();
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
        assertThat(heard.requests).isEmpty();
        fast.fail(Reason.TIMEOUT);
        Asked same = new Asked();
        sure.x().onRequest(same);
        assertThat(same.isDeferred).isFalse();
        assertThat(heard.requests).containsExactly(same);
    }

    @Test
    void shouldAskAgainAsLongAsThePeerMayBeAtABetterScheme() {
        connect(wireups.offers());
        fast.fail(Reason.TIMEOUT);
        for (int asked = 1; asked <= 1 + MOST_MS / ScriptedScheme.DEADLINE_MS; asked++) {
            assertThat(sure.attempts).hasSize(asked);
            job.simulation.runUntilMs(job.simulation.nowMs() + ScriptedScheme.DEADLINE_MS - 1);
            sure.fail(Reason.BUSY);
        }
        assertThat(walk.failure).isNull();
        job.simulation.runUntilMs(job.simulation.nowMs() + ScriptedScheme.DEADLINE_MS);
        sure.fail(Reason.BUSY);
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.BUSY);
        assertThat(walk.tried).extracting(TriedScheme::scheme).containsExactly("fast", "sure");
    }

    @Test
    void shouldNotAskAgainWhereNoBetterSchemeIsOrNobodyWasWaitedFor() {
        connect(wireups.offers());
        job.simulation.runUntilMs(job.simulation.nowMs() + ScriptedScheme.DEADLINE_MS);
        fast.fail(Reason.BUSY);
        assertThat(fast.attempts).hasSize(1);
        sure.fail(Reason.BUSY);
        assertThat(sure.attempts).hasSize(1);
        assertThat(walk.requireFailure().reason()).isEqualTo(Reason.BUSY);
    }

    @Test
    void shouldTakeTheConnectionThatThePeerMadeByABetterScheme() {
        connect(wireups.offers());
        fast.fail(Reason.TIMEOUT);
        Connection made = connection("fast");
        fast.x().onConnected(made);
        assertThat(sure.cancelled).isEqualTo(1);
        assertThat(walk.connection).isSameAs(made);
        assertThat(heard.connections).as("Y is told, not X").isEmpty();
        sure.fail(Reason.CANCELLED);
        assertThat(walk.failure).isNull();
    }

    @Test
    void shouldTryInTheOrderOfTheList() {
        PortWireups listed = open("sure,fast");
        assertThat(listed.offers()).extracting(SchemeOffer::scheme).containsExactly("sure", "fast");
        listed.connect(PEER, "node1", port.configuration(), listed.offers(), walk);
        job.simulation.runUntilMs(job.simulation.nowMs() + 10);
        assertThat(fast.attempts).isEmpty();
        sure.fail(Reason.TIMEOUT);
        assertThat(fast.attempts).hasSize(1);
    }

    @Test
    void shouldReplaceAConnectionThatAnotherSchemeMade() {
        Connection old = connection("fast");
        fast.x().onConnected(old);
        Asked asked = new Asked();
        sure.x().onRequest(asked);
        IncomingRequest passed = heard.requests.get(0);
        assertThat(passed.replaces()).containsSame(old);
        passed.accept(port.createQueuePairs(PEER));
        job.simulation.runUntilMs(job.simulation.nowMs() + 10);
        assertThat(disconnected).containsExactly(old);
        sure.x().onConnected(connection("sure"));
        Asked again = new Asked();
        sure.x().onRequest(again);
        assertThat(heard.requests.get(1)).as("its own scheme sees to it").isSameAs(again);
    }

    @Test
    void shouldNotReplaceWhatIsOver() {
        Connection old = connection("fast");
        fast.x().onConnected(old);
        fast.x().onDisconnected(old, new WireupFailure(Reason.DISCONNECTED, PEER, "gone"));
        Asked asked = new Asked();
        sure.x().onRequest(asked);
        assertThat(heard.requests.get(0).replaces()).isEmpty();
    }

    @Test
    void shouldKeepWhatThePeerTriedBeforeInTheTrail() {
        fast.x().onFailed(new WireupFailure(Reason.TIMEOUT, PEER, "the peer's request came to nothing"));
        assertThat(heard.failures).as("the peer goes on to the next").isEmpty();
        sure.x().onConnected(connection("sure"));
        assertThat(heard.tried).containsExactly("fast: the peer's request came to nothing", "sure: connected");
        fast.x().onConnected(connection("fast"));
        assertThat(heard.tried).containsExactly("fast: connected");
    }

    @Test
    void shouldTellOfARequestOfWhichNothingCanCome() {
        fast.x().onFailed(new WireupFailure(Reason.CLOSED, PEER, "the module is closing"));
        assertThat(heard.failures).hasSize(1);
        assertThat(heard.tried).containsExactly("fast: the module is closing");
    }

    @Test
    void shouldKeepAFailedRequestFromItsOwnWalk() {
        connect(wireups.offers());
        sure.x().onFailed(new WireupFailure(Reason.CLOSED, PEER, "the peer's request came to nothing"));
        assertThat(heard.failures).isEmpty();
        assertThat(walk.failure).isNull();
    }

    @Test
    void shouldCloseOneThatCannotSayHowItIsReached() throws WireupRefusedException {
        ScriptedScheme mute = new ScriptedScheme("mute", 50);
        mute.isUnreachable = true;
        McaParameters all =
                McaParameters.of(Map.of("btl_openib_cpc", "mute,sure"), new WireupParameters().parameters());
        try (PortWireups opened = PortWireups.open(port, List.of(mute, sure), all, heard)) {
            assertThat(mute.closed).isOne();
            assertThat(opened.refusals()).containsOnlyKeys("mute");
            assertThat(opened.refusals().get("mute")).contains("mute has no address");
            assertThat(opened.offers()).extracting(SchemeOffer::scheme).containsExactly("sure");
        }
        assertThat(mute.closed).isOne();
    }

    private PortWireups openAll(WireupComponent... components) throws WireupRefusedException {
        McaParameters all = McaParameters.of(Map.of("btl_openib_cpc", "auto"), new WireupParameters().parameters());
        return PortWireups.open(port, List.of(components), all, heard);
    }

    @Test
    void shouldLeaveOutOneWhoseContactIsTooLong() throws WireupRefusedException {
        ScriptedScheme wordy = new ScriptedScheme("wordy", 90);
        wordy.isWordy = true;
        ScriptedScheme other = new ScriptedScheme("other", 10);
        PortWireups opened = openAll(wordy, other);
        assertThat(opened.offers()).extracting(SchemeOffer::scheme).containsExactly("other");
        assertThat(opened.refusals().get("wordy")).contains("1025 bytes", "1024");
        assertThat(wordy.closed).isEqualTo(1);
    }

    @Test
    void shouldCloseTheOthersThoughOneThrows() throws WireupRefusedException {
        ScriptedScheme stubborn = new ScriptedScheme("a", 90);
        stubborn.isStubborn = true;
        ScriptedScheme other = new ScriptedScheme("b", 10);
        openAll(stubborn, other).close();
        assertThat(stubborn.closed).isEqualTo(1);
        assertThat(other.closed).isEqualTo(1);
    }

    @Test
    void shouldSayWhoseSelectionLeavesNone() {
        McaParameters none =
                McaParameters.of(Map.of("btl_openib_cpc", "^fast,sure"), new WireupParameters().parameters());
        assertThatThrownBy(() -> PortWireups.open(port, List.of(sure, fast), none, heard))
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("btl_openib_cpc = ^fast,sure")
                .hasMessageContaining("leaves none of sure, fast");
    }
}
