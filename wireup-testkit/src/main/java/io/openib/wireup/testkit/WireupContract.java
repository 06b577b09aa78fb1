package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Mtu;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.testkit.Peer.Attempt;
import io.openib.wireup.testkit.PeerStage.Admission;
import io.openib.wireup.testkit.PeerStage.Depths;
import io.openib.wireup.testkit.PeerStage.Limits;
import io.openib.wireup.testkit.PeerStage.Outcome;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The promises of the black box as cases. A scheme's test extends this; the cases are named after UCX's where they translate.
 *
 * <p>Processes are made in this JVM, each with a control thread and a component of its own; those that a case sees as the
 * other side are {@linkplain #farStage() wherever} the test has them.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class WireupContract extends LifeCases {
    /** Runs on a fabric, which is closed after each case. */
    protected WireupContract(Fabric fabric) {
        super(fabric);
    }

    /** Promise 1: exactly one outcome per attempt, before its deadline. */
    @Nested
    class OneOutcome {
        @Test
        void shouldFailWithTheReasonWhenThePeerRefuses() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            b.admission(Admission.REFUSE);
            Outcome failure = a.connect(b).outcome().requireFailed();
            assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
            assertThat(failure.text()).contains("no room", "rank 1", b.card().host(), a.place());
            a.assertNothingKept();
            assertThat(b.counts().toldX()).isZero();
        }

        @Test
        void shouldFailWhenThePeerIsGone() {
            Peer a = near(0, SHORT_MS);
            Peer b = far(1, SHORT_MS);
            PeerCard card = b.card();
            b.die();
            Outcome failure = a.connect(card).outcome().requireFailed();
            assertThat(failure.reason()).isIn(Reason.TIMEOUT, Reason.UNREACHABLE);
            assertThat(failure.text()).contains("rank 1");
            a.assertNothingKept();
        }

        @Test
        void shouldFailOnBothSidesWhenTheTransportNeverAnswers() {
            Peer a = near(0, SHORT_MS);
            Peer b = far(1, SHORT_MS);
            b.admission(Admission.HOLD);
            a.connect(b).outcome().requireFailed();
            b.nextToX().requireFailed();
            b.accept(b.nextRequest());
            b.settle();
            // What is accepted too late is given back.
            b.assertNothingKept();
            assertThat(b.counts().toldX()).isZero();
        }

        @Test
        void shouldConnectWhenTheTransportAnswersLaterFromAnyThread() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            b.admission(Admission.HOLD);
            Attempt attempt = a.connect(b);
            b.accept(b.nextRequest());
            Outcome here = attempt.outcome().requireConnected();
            assertJoined(a, here, b, b.nextToX().requireConnected());
        }

        @Test
        void shouldFailForAPeerThatTheJobDoesNotHave() {
            Peer a = near(0, SHORT_MS);
            Outcome failure = a.connect(a.card().withRank(1000)).outcome().requireFailed();
            assertThat(failure.reason()).isEqualTo(Reason.UNKNOWN_PEER);
        }

        @Test
        void shouldFailForAContactThatMakesNoSense() {
            Peer a = near(0, SHORT_MS);
            Peer b = far(1, SHORT_MS);
            a.connect(b.card().withBlob(new byte[] {77, 1, 2})).outcome().requireFailed();
        }

        @Test
        void shouldFailForAContactThatIsCutOffAnywhere() {
            Peer a = near(0, SHORT_MS);
            PeerCard whole = far(1, SHORT_MS).card();
            List<Attempt> attempts = new ArrayList<>();
            for (int length = 0; length < whole.blob().length; length++) {
                PeerCard cut = whole.withRank(1 + length).withBlob(Arrays.copyOf(whole.blob(), length));
                attempts.add(a.connect(cut));
            }
            attempts.forEach(attempt -> attempt.outcome().requireFailed());
            a.assertNothingKept();
        }

        @Test
        void shouldFailWhenItIsCancelled() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, UNHEARD_MS);
            b.admission(Admission.HOLD);
            Attempt attempt = a.connect(b);
            b.nextRequest();
            attempt.cancel();
            assertThat(attempt.outcome().requireFailed().reason()).isEqualTo(Reason.CANCELLED);
            b.nextToX().requireFailed();
        }

        @Test
        void shouldFailWhatIsUnderWayOnClose() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, UNHEARD_MS);
            b.admission(Admission.HOLD);
            Attempt attempt = a.connect(b);
            b.nextRequest();
            a.closeModule();
            assertThat(attempt.isDone())
                    .as("close returns when Y has been told")
                    .isTrue();
            assertThat(attempt.outcome().requireFailed().reason()).isEqualTo(Reason.CLOSED);
            b.nextToX().requireFailed();
        }
    }

    /** Promises 2 and 3: connected on both sides or on none, and no send before the receives are posted. */
    @Nested
    class BothOrNone {
        @Test
        void shouldConnectWhenOneSideAsks() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            Outcome here = a.connect(b).outcome().requireConnected();
            assertThat(a.canSend(here))
                    .as("the peer receives as soon as Y is told")
                    .isTrue();
            Outcome there = b.nextToX().requireConnected();
            assertJoined(a, here, b, there);
            assertThat(here.scheme()).isEqualTo(newComponent().name());
            assertThat(here.durationNs()).isPositive();
            assertThat(here.agreed()).isEqualTo(there.agreed()).isNotEmpty();
            assertThat(a.counts().toldX()).isZero();
        }

        @Test
        void shouldConnectTheHigherNameToTheLower() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            Outcome there = b.connect(a).outcome().requireConnected();
            assertJoined(a, a.nextToX().requireConnected(), b, there);
        }

        @Test
        void shouldHaveNoMoreOutstandingThanThePeerAnswers() {
            Peer a = start(near, Identity.of(0).with(new Depths(8, 1)), LONG_MS);
            Peer b = start(farStage(), Identity.of(1).with(new Depths(4, 2)), LONG_MS);
            Outcome here = a.connect(b).outcome().requireConnected();
            assertThat(a.depths(here)).containsOnly(new Depths(2, 1));
            assertThat(b.depths(b.nextToX().requireConnected())).containsOnly(new Depths(1, 2));
        }

        @Test
        void shouldLeaveNoneConnectedWhenThePeerDiesAfterItAdmitted() {
            Peer a = near(0, SHORT_MS);
            Peer b = far(1, SHORT_MS);
            b.admission(Admission.HOLD);
            Attempt attempt = a.connect(b);
            b.nextRequest();
            b.die();
            attempt.outcome().requireFailed();
        }

        @Test
        void stressConnect() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            for (int i = 0; i < 50; i++) {
                Peer from = i % 2 == 0 ? a : b;
                Peer to = i % 2 == 0 ? b : a;
                Outcome here = from.connect(to).outcome().requireConnected();
                assertJoined(from, here, to, to.nextToX().requireConnected());
            }
        }
    }

    /** Promise 4: one connection, whoever began, and however often. */
    @Nested
    class OneConnection {
        // In parts, each with the time limit of a case: on emulated processors a round takes seconds.
        @RepeatedTest(value = 4, name = "[{currentRepetition}]")
        void shouldMakeOneConnectionWhenBothAsk() {
            for (int round = 0; round < 5; round++) {
                Peer a = near(0, LONG_MS);
                Peer b = far(1, LONG_MS);
                PeerCard there = b.card();
                PeerCard here = a.card();
                // Else a thread that the system stops between the two asks when there is a connection already.
                a.admission(Admission.HOLD);
                b.admission(Admission.HOLD);
                Attempt ours = a.connect(there);
                Attempt theirs = b.connect(here);
                a.admission(Admission.ACCEPT);
                b.admission(Admission.ACCEPT);
                assertJoined(
                        a,
                        ours.outcome().requireConnected(),
                        b,
                        theirs.outcome().requireConnected());
                a.close();
                b.close();
                for (Peer peer : List.of(a, b)) {
                    assertThat(peer.counts().sets())
                            .as("no queue pairs are thrown away")
                            .isEqualTo(1);
                    assertThat(peer.counts().toldX()).as("Y was told, not X").isZero();
                }
            }
        }

        @Test
        void shouldJoinTheRequestOfThePeer() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            b.admission(Admission.HOLD);
            Attempt ours = a.connect(b);
            int request = b.nextRequest();
            Attempt theirs = b.connect(a);
            b.settle();
            b.accept(request);
            assertJoined(
                    a, ours.outcome().requireConnected(), b, theirs.outcome().requireConnected());
            assertThat(b.counts().sets()).isEqualTo(1);
            assertThat(b.counts().toldX()).isZero();
        }

        @Test
        void loopback() {
            Peer a = near(0, LONG_MS);
            Outcome self = a.connect(a).outcome().requireConnected();
            assertThat(a.canSend(self)).isTrue();
            assertThat(self.peer()).isZero();
            assertThat(a.counts().requests()).isZero();
            assertThat(a.counts().sets()).isEqualTo(1);
        }

        @Test
        void disconnectReconnect() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            Outcome first = a.connect(b).outcome().requireConnected();
            Outcome firstThere = b.nextToX().requireConnected();
            a.disconnect(first);
            a.release(first);
            Outcome second = a.connect(b).outcome().requireConnected();
            Outcome secondThere = b.nextToX().requireConnected();
            assertJoined(a, second, b, secondThere);
            assertThat(secondThere.set()).isNotEqualTo(firstThere.set());
            assertThat(a.counts().toldDisconnected())
                    .as("who disconnects is not told")
                    .isZero();
        }

        @Test
        void shouldReplaceAConnectionThatThePeerHasLost() {
            Peer b = far(1, LONG_MS);
            Peer a = near(0, LONG_MS);
            a.connect(b).outcome().requireConnected();
            b.nextToX().requireConnected();
            b.nextRequest();
            a.die();
            Peer again = near(0, LONG_MS);
            Outcome here = again.connect(b).outcome().requireConnected();
            assertJoined(again, here, b, b.nextToX().requireConnected());
        }
    }

    /** Promise 5: callbacks on the control thread, and no caller waits. */
    @Nested
    class Threads {
        @Test
        void shouldTellOnTheControlThreadOnly() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            assertThat(a.connect(b).outcome().wasOnControlThread()).isTrue();
            assertThat(b.nextToX().wasOnControlThread()).isTrue();
            assertThat(b.counts().requests()).isEqualTo(1);
            assertThat(b.counts().askedElsewhere()).isZero();
        }

        @Test
        void shouldMakeNoCallerWait() {
            Peer a = near(0, LONG_MS);
            Peer b = near(1, LONG_MS);
            PeerCard there = b.card();
            b.admission(Admission.HOLD);
            Attempt attempt = a.whileHeld(() -> a.connect(there));
            int request = b.nextRequest();
            b.whileHeld(() -> b.accept(request));
            Outcome here = attempt.outcome().requireConnected();
            assertJoined(a, here, b, b.nextToX().requireConnected());
            a.whileHeld(() -> a.disconnect(here));
            a.release(here);
            Attempt given = a.connect(there);
            b.nextRequest();
            a.whileHeld(given::cancel);
            assertThat(given.outcome().requireFailed().reason()).isEqualTo(Reason.CANCELLED);
        }

        @Test
        void shouldTellNothingFromWithinACall() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            a.connectFromControl(a).outcome().requireConnected();
            a.connectFromControl(b).outcome().requireConnected();
            b.closeModule();
            a.closeModule();
            Outcome failure = a.connectFromControl(b).outcome().requireFailed();
            assertThat(failure.reason()).isEqualTo(Reason.CLOSED);
        }

        @Test
        void shouldConnectManyPeersAFewAtATime() {
            Map<String, String> few = new HashMap<>(deadline(LONG_MS));
            few.put("btl_openib_connect_max_attempts", "2");
            List<Peer> all = new ArrayList<>();
            for (int rank = 0; rank < 10; rank++) {
                all.add(start(rank % 2 == 0 ? near : farStage(), Identity.of(rank), few, LONG_MS));
            }
            List<Attempt> attempts = new ArrayList<>();
            all.forEach(from -> all.forEach(to -> attempts.add(from.connect(to))));
            attempts.forEach(attempt -> attempt.outcome().requireConnected());
        }
    }

    /** Promise 6: nothing from the network connects a stranger. */
    @Nested
    class Strangers {
        private void assertKeptOut(Identity strangers, Peer a) {
            Peer stranger = start(farStage(), strangers, SHORT_MS);
            Outcome failure = stranger.connect(a).outcome().requireFailed();
            assertThat(failure.reason())
                    .isIn(Reason.TIMEOUT, Reason.UNREACHABLE, Reason.NOT_AUTHENTIC, Reason.PEER_FAILED);
            a.settle();
            assertThat(a.counts().requests())
                    .as("the transport is not even asked")
                    .isZero();
            assertThat(a.counts().sets()).isZero();
        }

        @Test
        void shouldKeepOutWhoHasAnotherSecret() {
            assertKeptOut(new Identity(1, "job", "another", QUEUES, 64), near(0, SHORT_MS));
        }

        @Test
        void shouldKeepOutAnotherJob() {
            assertKeptOut(new Identity(1, "another", "secret", QUEUES, 64), near(0, SHORT_MS));
        }

        @Test
        void shouldKeepOutANameThatTheJobDoesNotHave() {
            Peer a = start(near, new Identity(0, "job", "secret", QUEUES, 2), SHORT_MS);
            assertKeptOut(Identity.of(5), a);
        }
    }

    /** Promise 7: what differs is agreed on or printed. */
    @Nested
    class Configurations {
        @Test
        void shouldPrintTheDifferenceWhenTheyDoNotFit() {
            String other = "S,4096,64,32";
            Peer a = near(0, LONG_MS);
            Peer b = start(farStage(), new Identity(1, "job", "secret", other, 64), LONG_MS);
            Outcome failure = a.connect(b).outcome().requireFailed();
            assertThat(failure.reason()).isEqualTo(Reason.CONFIGURATION);
            assertThat(failure.text()).contains(other, QUEUES);
            assertThat(b.counts().requests()).isZero();
        }

        @Test
        void shouldRunWithTheLesserOfEachLimit() {
            Peer a = start(near, Identity.of(0).with(new Limits(Mtu.MTU_512, 12_288)), LONG_MS);
            Peer b = start(farStage(), Identity.of(1).with(new Limits(Mtu.MTU_1024, 4_096)), LONG_MS);
            b.know(a);
            Outcome here = a.connect(b).outcome().requireConnected();
            Outcome there = b.nextToX().requireConnected();
            assertThat(here.agreed())
                    .isEqualTo(there.agreed())
                    .contains(Mtu.MTU_512.toString())
                    .contains("=4096");
            assertThat(a.pathMtus(here)).containsOnly(Mtu.MTU_512);
            assertThat(b.pathMtus(there)).containsOnly(Mtu.MTU_512);
            assertJoined(a, here, b, there);
        }
    }
}
