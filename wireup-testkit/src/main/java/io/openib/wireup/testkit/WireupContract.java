package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.Connection;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.TestProcess.Identity;
import io.openib.wireup.testkit.TestProcess.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * The promises of the black box as cases. A scheme's test extends this; the cases are named after UCX's where they translate.
 *
 * <p>Processes are made in this JVM, each with a control thread and a component of its own.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class WireupContract {
    /** Deadline of attempts that are meant to fail by it. */
    protected static final int SHORT_MS = 600;

    /** Deadline of attempts that are meant to succeed. */
    protected static final int LONG_MS = 15_000;

    private final List<TestProcess> processes = new ArrayList<>();
    private final Fabric fabric;

    /** Runs on a fabric, which is closed after each case. */
    protected WireupContract(Fabric fabric) {
        this.fabric = fabric;
    }

    /** The scheme under test, as its own process would have it. */
    protected abstract WireupComponent newComponent();

    /** The scheme's parameters that make this the deadline of an attempt. */
    protected abstract Map<String, String> deadline(int timeoutMs);

    /** How to listen to what this scheme says, for the cases of replay; a scheme without one has none. */
    protected Optional<Wiretap> wiretap() {
        return Optional.empty();
    }

    /** One more process. */
    protected final TestProcess start(Identity identity, Map<String, String> values) {
        try {
            TestProcess process = new TestProcess(fabric, identity, newComponent(), values);
            processes.add(process);
            return process;
        } catch (WireupRefusedException e) {
            throw new AssertionError("the scheme does not run here: " + e.reason(), e);
        }
    }

    /** One more process of the usual job. */
    protected final TestProcess start(int rank, int timeoutMs) {
        return start(Identity.of(rank), deadline(timeoutMs));
    }

    @AfterEach
    final void closeAll() {
        processes.forEach(TestProcess::close);
        fabric.close();
    }

    private static Told outcome(CompletableFuture<Told> future) {
        return TestProcess.outcome(future);
    }

    private static void assertJoined(TestProcess a, Connection here, TestProcess b, Connection there) {
        assertThat(a.canSend(here.queuePairs()))
                .as("sends of %s succeed at once", a.name())
                .isTrue();
        assertThat(b.canSend(there.queuePairs()))
                .as("sends of %s succeed at once", b.name())
                .isTrue();
        assertThat(here.peer()).isEqualTo(b.name());
        assertThat(there.peer()).isEqualTo(a.name());
    }

    /** Promise 1: exactly one outcome per attempt, before its deadline. */
    @Nested
    class OneOutcome {
        @Test
        void shouldFailWithTheReasonWhenThePeerRefuses() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            b.admission(request -> request.refuse("no room"));
            WireupFailure failure = outcome(a.connect(b)).requireFailure();
            assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
            assertThat(failure.text()).contains("no room", "rank 1", "node1", a.place());
            assertThat(a.discarded).hasSameElementsAs(a.sets);
            assertThat(b.toldX).isEmpty();
        }

        @Test
        void shouldFailWhenThePeerIsGone() {
            TestProcess a = start(0, SHORT_MS);
            TestProcess b = start(1, SHORT_MS);
            PeerContact contact = b.asContact();
            b.die();
            WireupFailure failure = outcome(a.connect(contact)).requireFailure();
            assertThat(failure.reason()).isIn(Reason.TIMEOUT, Reason.UNREACHABLE);
            assertThat(failure.text()).contains("rank 1");
            assertThat(a.discarded).hasSameElementsAs(a.sets);
        }

        @Test
        void shouldFailOnBothSidesWhenTheTransportNeverAnswers() {
            TestProcess a = start(0, SHORT_MS);
            TestProcess b = start(1, SHORT_MS);
            b.admission(request -> {});
            outcome(a.connect(b)).requireFailure();
            b.nextToX().requireFailure();
            IncomingRequest request = b.nextRequest();
            b.accept(request);
            b.settle();
            assertThat(b.discarded)
                    .as("what is accepted too late is given back")
                    .hasSameElementsAs(b.sets);
            assertThat(b.toldX).isEmpty();
        }

        @Test
        void shouldConnectWhenTheTransportAnswersLaterFromAnyThread() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            b.admission(request -> {});
            CompletableFuture<Told> future = a.connect(b);
            IncomingRequest request = b.nextRequest();
            b.accept(request);
            Connection here = outcome(future).requireConnection();
            assertJoined(a, here, b, b.nextToX().requireConnection());
        }

        @Test
        void shouldFailForAPeerThatTheJobDoesNotHave() {
            TestProcess a = start(0, SHORT_MS);
            PeerContact nobody = new PeerContact(
                    new PeerName(1000),
                    "nowhere",
                    a.configuration(),
                    a.asContact().blob());
            assertThat(outcome(a.connect(nobody)).requireFailure().reason()).isEqualTo(Reason.UNKNOWN_PEER);
        }

        @Test
        void shouldFailForAContactThatMakesNoSense() {
            TestProcess a = start(0, SHORT_MS);
            TestProcess b = start(1, SHORT_MS);
            PeerContact garbled = new PeerContact(b.name(), b.host(), b.configuration(), new byte[] {77, 1, 2});
            outcome(a.connect(garbled)).requireFailure();
        }

        @Test
        void shouldFailWhenItIsCancelled() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            b.admission(request -> {});
            CompletableFuture<WireupFailure> failed = new CompletableFuture<>();
            var pending = a.module().connect(b.asContact(), new io.openib.wireup.OutgoingConnection() {
                @Override
                public void onConnected(Connection connection) {
                    failed.completeExceptionally(new AssertionError("connected"));
                }

                @Override
                public void onFailed(WireupFailure failure) {
                    failed.complete(failure);
                }
            });
            b.nextRequest();
            pending.cancel();
            assertThat(failed.orTimeout(20, TimeUnit.SECONDS).join().reason()).isEqualTo(Reason.CANCELLED);
            b.nextToX().requireFailure();
        }

        @Test
        void shouldFailWhatIsUnderWayOnClose() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            b.admission(request -> {});
            CompletableFuture<Told> future = a.connect(b);
            b.nextRequest();
            a.module().close();
            a.module().close();
            assertThat(future).as("close returns when Y has been told").isDone();
            assertThat(outcome(future).requireFailure().reason()).isEqualTo(Reason.CLOSED);
            b.nextToX().requireFailure();
        }
    }

    /** Promises 2 and 3: connected on both sides or on none, and no send before the receives are posted. */
    @Nested
    class BothOrNone {
        @Test
        void shouldConnectWhenOneSideAsks() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            Connection here = outcome(a.connect(b)).requireConnection();
            assertThat(a.canSend(here.queuePairs()))
                    .as("the peer receives as soon as Y is told")
                    .isTrue();
            Connection there = b.nextToX().requireConnection();
            assertJoined(a, here, b, there);
            assertThat(here.scheme()).isEqualTo(newComponent().name());
            assertThat(here.durationNs()).isPositive();
            assertThat(here.agreed()).isEqualTo(there.agreed());
            assertThat(a.toldX).isEmpty();
        }

        @Test
        void shouldConnectTheHigherNameToTheLower() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            Connection there = outcome(b.connect(a)).requireConnection();
            assertJoined(a, a.nextToX().requireConnection(), b, there);
        }

        @Test
        void shouldLeaveNoneConnectedWhenThePeerDiesAfterItAdmitted() {
            TestProcess a = start(0, SHORT_MS);
            TestProcess b = start(1, SHORT_MS);
            b.admission(request -> {});
            CompletableFuture<Told> future = a.connect(b);
            b.nextRequest();
            b.die();
            outcome(future).requireFailure();
        }

        @Test
        void stressConnect() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            for (int i = 0; i < 50; i++) {
                TestProcess from = i % 2 == 0 ? a : b;
                TestProcess to = i % 2 == 0 ? b : a;
                Connection here = outcome(from.connect(to)).requireConnection();
                Connection there = to.nextToX().requireConnection();
                assertJoined(from, here, to, there);
            }
        }
    }

    /** Promise 4: one connection, whoever began, and however often. */
    @Nested
    class OneConnection {
        @Test
        void shouldMakeOneConnectionWhenBothAskAtOnce() {
            for (int round = 0; round < 20; round++) {
                TestProcess a = start(0, LONG_MS);
                TestProcess b = start(1, LONG_MS);
                CompletableFuture<Told> ours = a.connect(b);
                CompletableFuture<Told> theirs = b.connect(a);
                Connection here = outcome(ours).requireConnection();
                Connection there = outcome(theirs).requireConnection();
                assertJoined(a, here, b, there);
                assertThat(a.sets).as("no queue pairs are thrown away").hasSize(1);
                assertThat(b.sets).hasSize(1);
                a.close();
                b.close();
                assertThat(a.toldX).as("Y was told, not X").isEmpty();
                assertThat(b.toldX).isEmpty();
            }
        }

        @Test
        void shouldJoinTheRequestOfThePeer() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            b.admission(request -> {});
            CompletableFuture<Told> ours = a.connect(b);
            IncomingRequest request = b.nextRequest();
            CompletableFuture<Told> theirs = b.connect(a);
            b.settle();
            b.accept(request);
            assertJoined(
                    a, outcome(ours).requireConnection(), b, outcome(theirs).requireConnection());
            assertThat(b.sets).hasSize(1);
            assertThat(b.toldX).isEmpty();
        }

        @Test
        void loopback() {
            TestProcess a = start(0, LONG_MS);
            Connection self = outcome(a.connect(a)).requireConnection();
            assertThat(a.canSend(self.queuePairs())).isTrue();
            assertThat(self.peer()).isEqualTo(a.name());
            assertThat(a.requests).isEmpty();
            assertThat(a.sets).hasSize(1);
        }

        @Test
        void disconnectReconnect() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            Connection first = outcome(a.connect(b)).requireConnection();
            Connection firstThere = b.nextToX().requireConnection();
            first.disconnect();
            first.queuePairs().discard();
            first.close();
            first.close();
            Connection second = outcome(a.connect(b)).requireConnection();
            Connection secondThere = b.nextToX().requireConnection();
            assertJoined(a, second, b, secondThere);
            assertThat(secondThere.queuePairs()).isNotSameAs(firstThere.queuePairs());
            assertThat(a.toldDisconnected).as("who disconnects is not told").isEmpty();
        }

        @Test
        void shouldReplaceAConnectionThatThePeerHasLost() {
            TestProcess b = start(1, LONG_MS);
            TestProcess a = start(0, LONG_MS);
            outcome(a.connect(b)).requireConnection();
            b.nextToX().requireConnection();
            b.nextRequest();
            a.die();
            TestProcess again = start(0, LONG_MS);
            Connection here = outcome(again.connect(b)).requireConnection();
            assertJoined(again, here, b, b.nextToX().requireConnection());
        }
    }

    /** Promise 5: callbacks on the control thread, and no caller waits. */
    @Nested
    class Threads {
        @Test
        void shouldTellOnTheControlThreadOnly() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            boolean[] wasAskedThere = {false};
            b.admission(request -> {
                wasAskedThere[0] = b.control().isControlThread();
                b.accept(request);
            });
            assertThat(outcome(a.connect(b)).wasOnControlThread()).isTrue();
            assertThat(b.nextToX().wasOnControlThread()).isTrue();
            assertThat(wasAskedThere[0]).isTrue();
        }

        @Test
        void shouldConnectManyPeersAFewAtATime() {
            Map<String, String> few = new HashMap<>(deadline(LONG_MS));
            few.put("btl_openib_connect_max_attempts", "2");
            List<TestProcess> all = new ArrayList<>();
            for (int rank = 0; rank < 10; rank++) {
                all.add(start(Identity.of(rank), few));
            }
            List<CompletableFuture<Told>> futures = new ArrayList<>();
            all.forEach(from -> all.forEach(to -> futures.add(from.connect(to))));
            futures.forEach(future -> outcome(future).requireConnection());
        }
    }

    /** Promise 6: nothing from the network connects a stranger. */
    @Nested
    class Strangers {
        private void assertKeptOut(TestProcess stranger, TestProcess a) {
            WireupFailure failure = outcome(stranger.connect(a)).requireFailure();
            assertThat(failure.reason())
                    .isIn(Reason.TIMEOUT, Reason.UNREACHABLE, Reason.NOT_AUTHENTIC, Reason.PEER_FAILED);
            a.settle();
            assertThat(a.requests).as("the transport is not even asked").isEmpty();
            assertThat(a.sets).isEmpty();
        }

        @Test
        void shouldKeepOutWhoHasAnotherSecret() {
            TestProcess a = start(0, SHORT_MS);
            assertKeptOut(start(new Identity(1, "job", "another", "P,128,256,192,128", 64), deadline(SHORT_MS)), a);
        }

        @Test
        void shouldKeepOutAnotherJob() {
            TestProcess a = start(0, SHORT_MS);
            assertKeptOut(start(new Identity(1, "another", "secret", "P,128,256,192,128", 64), deadline(SHORT_MS)), a);
        }

        @Test
        void shouldKeepOutANameThatTheJobDoesNotHave() {
            TestProcess a = start(new Identity(0, "job", "secret", "P,128,256,192,128", 2), deadline(SHORT_MS));
            assertKeptOut(start(5, SHORT_MS), a);
        }
    }

    /** Promises 4 and 6: what was recorded of this very job and is said again changes nothing. */
    @TestFactory
    Stream<DynamicTest> replay() {
        return wiretap()
                .map(tap -> DynamicTest.dynamicTest("shouldLeaveAnEstablishedConnectionAlone", () -> replayPast(tap)))
                .stream();
    }

    private void replayPast(Wiretap tap) {
        try (tap) {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(1, LONG_MS);
            Connection first = outcome(a.connect(tap.past(b.asContact()))).requireConnection();
            Connection firstThere = b.nextToX().requireConnection();
            assertUndisturbed(tap, a, first, b, firstThere);
            first.disconnect();
            Connection second = outcome(a.connect(tap.past(b.asContact()))).requireConnection();
            Connection secondThere = b.nextToX().requireConnection();
            b.toldDisconnected.clear();
            assertUndisturbed(tap, a, second, b, secondThere);
        }
    }

    private static void assertUndisturbed(
            Wiretap tap, TestProcess a, Connection here, TestProcess b, Connection there) {
        int requests = b.requests.size();
        assertThat(tap.replay()).as("bytes that were said again").isPositive();
        b.settle();
        a.settle();
        assertThat(b.requests).as("the transport is not asked again").hasSize(requests);
        assertThat(b.toldX).isEmpty();
        assertThat(b.toldDisconnected).isEmpty();
        assertThat(a.toldDisconnected).isEmpty();
        assertJoined(a, here, b, there);
    }

    /** Promise 7: what differs is printed. */
    @Nested
    class Configurations {
        @Test
        void shouldPrintTheDifferenceWhenTheyDoNotFit() {
            TestProcess a = start(0, LONG_MS);
            TestProcess b = start(new Identity(1, "job", "secret", "S,4096,64,32", 64), deadline(LONG_MS));
            WireupFailure failure = outcome(a.connect(b)).requireFailure();
            assertThat(failure.reason()).isEqualTo(Reason.CONFIGURATION);
            assertThat(failure.text()).contains("S,4096,64,32", "P,128,256,192,128");
            assertThat(b.requests).isEmpty();
        }
    }
}
