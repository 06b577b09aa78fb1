package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.wireup.SimulatedProcess.Admission;
import io.openib.wireup.SimulatedProcess.Outcome;
import io.openib.wireup.WireupFailure.Reason;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the handshake does case by case, in simulated time. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HandshakesTest {
    private static final long SETTLED_MS = 6L * SimulatedProcess.TIMEOUT_MS;

    private final SimulatedJob job = new SimulatedJob(7, 40);
    private final SimulatedProcess a = job.start(0);
    private final SimulatedProcess b = job.start(1);

    private void settle() {
        job.simulation.runUntilMs(job.simulation.nowMs() + SETTLED_MS);
    }

    @Test
    void shouldTakeFourMessagesWhenOneAsks() {
        a.connect(b);
        settle();
        assertThat(job.sent).isEqualTo(4);
        assertThat(a.fromY).isEqualTo(1);
        assertThat(b.fromX).isEqualTo(1);
        assertThat(a.reaches()).isTrue();
        assertThat(b.reaches()).isTrue();
    }

    @Test
    void shouldMakeOneConnectionWithoutThrowAwayQueuePairsWhenBothAsk() {
        a.connect(b);
        b.connect(a);
        settle();
        assertThat(a.sets).hasSize(1);
        assertThat(b.sets).hasSize(1);
        assertThat(a.fromY + b.fromY).isEqualTo(2);
        assertThat(a.fromX + b.fromX).isZero();
        assertThat(a.requests).hasSize(1).allMatch(request -> request.ownSet().isPresent());
        assertThat(b.requests).hasSize(1);
        assertThat(a.reaches()).isTrue();
    }

    @Test
    void shouldJoinARequestThatIsNotAnsweredYet() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(100);
        b.connect(a);
        job.simulation.runUntilMs(200);
        assertThat(b.sets).isEmpty();
        b.accept(b.requests.get(0));
        settle();
        assertThat(b.sets).hasSize(1);
        assertThat(b.fromY).isEqualTo(1);
        assertThat(b.fromX).isZero();
        assertThat(b.reaches()).isTrue();
    }

    @Test
    void shouldTellARefusalAndItsReason() {
        b.admission = Admission.REFUSE;
        a.connect(b);
        settle();
        assertThat(a.failures).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
            assertThat(failure.text()).contains("not wanted", "rank 1", "node1", "fake0:1");
        });
        assertThat(b.outcomes).isEmpty();
        assertThat(a.discarded).hasSize(1);
        assertThat(b.requests).hasSize(1);
    }

    @Test
    void shouldAskAgainAfterADeferral() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(10);
        b.requests.get(0).defer();
        b.admission = Admission.AT_ONCE;
        settle();
        assertThat(b.requests).hasSize(2);
        assertThat(a.last()).isEqualTo(Outcome.CONNECTED);
        assertThat(a.sets).hasSize(1);
    }

    /** That it was busy once is not why the attempt fails whose later questions nobody answers. */
    @Test
    void shouldTellOfSilenceWhenThePeerFallsSilentAfterADeferral() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(10);
        b.requests.get(0).defer();
        job.simulation.runUntilMs(15);
        b.die();
        settle();
        assertThat(a.failures).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(failure.text()).contains("no answer", "last: the peer says: not now");
        });
    }

    @Test
    void shouldTellOfAPeerThatIsBusyToTheEnd() {
        b.admission = Admission.NEVER;
        a.connect(b);
        for (int ms = 5; ms < 2 * SimulatedProcess.TIMEOUT_MS; ms += 5) {
            job.simulation.runUntilMs(ms);
            b.requests.forEach(IncomingRequest::defer);
            b.requests.clear();
        }
        assertThat(a.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.BUSY);
    }

    @Test
    void shouldSayOfARequestThatNobodyWaitsForTheAnswerAnyMore() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(5);
        IncomingRequest asked = b.requests.get(0);
        assertThat(asked.isOpen()).isTrue();
        job.simulation.runUntilMs(2 * SimulatedProcess.TIMEOUT_MS);
        assertThat(asked.isOpen()).isFalse();
    }

    @Test
    void shouldPrintTheDifferenceOnBothSides() {
        SimulatedProcess c = job.start(2, 1, SimulatedProcess.configuration("S,4096,64"));
        a.connect(c);
        c.connect(a);
        settle();
        assertThat(a.failures).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.CONFIGURATION);
            assertThat(failure.text()).contains("P,128,256,192,128", "S,4096,64");
        });
        assertThat(c.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.CONFIGURATION);
        assertThat(a.requests).isEmpty();
    }

    @Test
    void shouldFailInTimeWhenNobodyAnswers() {
        b.die();
        a.connect(b);
        job.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS - 1);
        assertThat(a.outcomes).isEmpty();
        job.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS + 1);
        assertThat(a.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void shouldFailInTimeWhenNothingCanBeSent() {
        a.sendError = new NoClassDefFoundError("no more descriptors");
        a.connect(b);
        settle();
        assertThat(a.fromY).isEqualTo(1);
        assertThat(a.failures).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
            assertThat(failure.text()).contains("rank 1", "no message could be sent: no more descriptors");
        });
        assertThat(a.discarded).hasSize(1);

        a.sendError = null;
        a.connect(b);
        settle();
        assertThat(a.last()).isEqualTo(Outcome.CONNECTED);
    }

    @Test
    void shouldNotBlameWhatCouldNotBeSentWhenLaterMessagesCould() {
        b.isDead = true;
        a.sendError = new NoClassDefFoundError("no more descriptors");
        a.connect(b);
        job.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS / 4);
        a.sendError = null;
        settle();
        assertThat(a.failures).singleElement().satisfies(failure -> {
            assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(failure.text()).doesNotContain("could be sent");
        });
    }

    @Test
    void shouldTellAFailureThoughTheSetCannotBeGivenBack() {
        b.admission = Admission.REFUSE;
        a.discardError = new IllegalStateException("thrown for a test");
        a.connect(b);
        assertThatThrownBy(this::settle).isSameAs(a.discardError);
        settle();
        assertThat(a.fromY).isEqualTo(1);
        assertThat(a.failures).singleElement().satisfies(failure -> assertThat(failure.reason())
                .isEqualTo(Reason.REFUSED));
    }

    @Test
    void shouldGoOnWhenSomethingCouldNotBeSentForAWhile() {
        a.sendError = new NoClassDefFoundError("no more descriptors");
        a.connect(b);
        job.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS / 4);
        a.sendError = null;
        settle();
        assertThat(a.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(b.outcomes).containsExactly(Outcome.CONNECTED);
    }

    @Test
    void shouldDiscardTheSetOfAnAnswerThatComesTooLate() {
        b.admission = Admission.NEVER;
        a.connect(b);
        settle();
        assertThat(a.last()).isEqualTo(Outcome.FAILED);
        assertThat(b.last()).isEqualTo(Outcome.FAILED);
        b.accept(b.requests.get(0));
        settle();
        assertThat(b.discarded).hasSameElementsAs(b.sets).hasSize(1);
    }

    @Test
    void shouldReplaceAConnectionThatThePeerNoLongerHas() {
        a.connect(b);
        settle();
        Connection first = b.connection;
        a.connect(b);
        settle();
        assertThat(b.requests.get(1).replaces()).contains(first);
        assertThat(b.outcomes).containsExactly(Outcome.CONNECTED, Outcome.CONNECTED);
        assertThat(b.connection).isNotSameAs(first);
        assertThat(a.reaches()).isTrue();
    }

    @Test
    void shouldTellThePeerOfADisconnect() {
        a.connect(b);
        settle();
        a.requireConnection().disconnect();
        settle();
        assertThat(a.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(b.outcomes).containsExactly(Outcome.CONNECTED, Outcome.DISCONNECTED);
        a.connect(b);
        settle();
        assertThat(a.reaches()).isTrue();
        assertThat(b.requests.get(1).replaces()).isEmpty();
    }

    @Test
    void shouldMakeALoopOfAConnectionToItself() {
        a.connect(a);
        settle();
        assertThat(a.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(a.reaches()).isTrue();
        assertThat(job.sent).isZero();
        assertThat(a.requests).isEmpty();
    }

    @Test
    void shouldRefuseAPeerThatTheJobDoesNotHave() {
        SimulatedProcess stranger = job.start(40);
        stranger.connect(a);
        a.connect(stranger);
        settle();
        assertThat(a.requests).isEmpty();
        assertThat(a.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.UNKNOWN_PEER);
        assertThat(stranger.failures)
                .singleElement()
                .extracting(WireupFailure::reason)
                .isEqualTo(Reason.TIMEOUT);
    }

    @Test
    void shouldCountACompletionAsReady() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(10);
        job.loss = 1;
        b.accept(b.requests.get(0));
        job.simulation.runUntilMs(20);
        assertThat(b.outcomes).isEmpty();
        b.sets.get(0).noteCompletion();
        job.simulation.runUntilMs(30);
        assertThat(b.outcomes).containsExactly(Outcome.CONNECTED);
    }

    @Test
    void shouldTakeTurnsAndConnectEveryPeer() {
        SimulatedJob crowd = new SimulatedJob(11, 40).maxAttempts(4);
        for (int rank = 0; rank < 40; rank++) {
            crowd.start(rank);
        }
        int[] most = {0};
        for (SimulatedProcess from : crowd.processes) {
            crowd.processes.forEach(to -> from.connect(to));
        }
        crowd.onMessage = () -> most[0] = Math.max(
                most[0],
                crowd.processes.get(0).sets.size()
                        - crowd.processes.get(0).outcomes.size());
        crowd.simulation.runUntilMs(20_000);
        for (SimulatedProcess process : crowd.processes) {
            assertThat(process.fromY).isEqualTo(40);
            assertThat(process.outcomes)
                    .as("%s: %s", process.name(), process.failures)
                    .hasSize(40)
                    .containsOnly(Outcome.CONNECTED);
        }
        System.out.println("at most " + most[0] + " at a time");
        assertThat(most[0]).isBetween(1, 8);
    }

    /** Rank 0, which asks those after it for connections. */
    private static SimulatedProcess connectingToDead(SimulatedJob crowd, int count) {
        SimulatedProcess from = crowd.start(0);
        for (int rank = 1; rank <= count; rank++) {
            SimulatedProcess dead = crowd.start(rank);
            dead.die();
            from.connect(dead);
        }
        return from;
    }

    @Test
    void shouldNotKeepALivePeerWaitingForDeadOnes() {
        SimulatedJob crowd = new SimulatedJob(13, 40).maxAttempts(4);
        SimulatedProcess from = connectingToDead(crowd, 12);
        from.connect(crowd.start(13));
        crowd.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS / 2);
        assertThat(from.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(from.reaches()).isTrue();
    }

    /** Those that had to keep their slots make room as soon as earlier ones have failed. */
    @Test
    void shouldNotKeepALivePeerWaitingForManyDeadOnesOneAfterTheOther() {
        SimulatedJob crowd = new SimulatedJob(29, 40).maxAttempts(4);
        SimulatedProcess from = connectingToDead(crowd, 28);
        from.connect(crowd.start(29));
        crowd.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS * 3 / 2);
        assertThat(from.outcomes).contains(Outcome.CONNECTED);
    }

    @Test
    void shouldBoundTheAttemptsWithDeadPeers() {
        SimulatedJob crowd = new SimulatedJob(17, 100).maxAttempts(4);
        SimulatedProcess from = connectingToDead(crowd, 99);
        crowd.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS - 1);
        assertThat(from.sets)
                .as("four, and three times as many without an answer")
                .hasSize(16);
        int most = 0;
        while (from.outcomes.size() < 99 && crowd.simulation.step()) {
            most = Math.max(most, from.sets.size() - from.discarded.size());
        }
        assertThat(from.outcomes).hasSize(99).containsOnly(Outcome.FAILED);
        assertThat(most).isEqualTo(16);
    }

    /** Any number may be told so, and each holds a way. */
    @Test
    void shouldKeepNoWayToAPeerThatIsToldToComeAgain() {
        SimulatedJob crowd = new SimulatedJob(19, 40).maxAttempts(1);
        SimulatedProcess busy = crowd.start(0);
        busy.admission = Admission.NEVER;
        SimulatedProcess first = crowd.start(1);
        first.connect(busy);
        crowd.simulation.runUntilMs(10);
        SimulatedProcess second = crowd.start(2);
        second.connect(busy);
        crowd.simulation.runUntilMs(20);
        assertThat(busy.requests).hasSize(1);
        assertThat(busy.finished).containsExactly(second.name());
        int sent = crowd.sent;
        second.handshakes.onWayLost(busy.name());
        assertThat(crowd.sent).as("it is not asked again before its time").isEqualTo(sent);
        busy.requests.get(0).defer();
        crowd.simulation.runUntilMs(25);
        assertThat(busy.finished).containsExactly(second.name(), first.name());
        busy.admission = Admission.AT_ONCE;
        crowd.simulation.runUntilMs(SimulatedProcess.TIMEOUT_MS);
        assertThat(first.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(second.outcomes).containsExactly(Outcome.CONNECTED);
    }

    @Test
    void shouldFailEverythingOnClose() {
        b.admission = Admission.NEVER;
        a.connect(b);
        job.simulation.runUntilMs(10);
        a.handshakes.close();
        b.handshakes.close();
        settle();
        assertThat(a.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.CLOSED);
        assertThat(b.failures).singleElement().extracting(WireupFailure::reason).isEqualTo(Reason.CLOSED);
        a.connect(b);
        settle();
        assertThat(a.outcomes).containsExactly(Outcome.FAILED, Outcome.FAILED);
    }
}
