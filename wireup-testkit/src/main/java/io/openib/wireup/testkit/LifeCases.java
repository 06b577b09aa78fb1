package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.testkit.Peer.Attempt;
import io.openib.wireup.testkit.PeerStage.Admission;
import io.openib.wireup.testkit.PeerStage.Counts;
import io.openib.wireup.testkit.PeerStage.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How requests are put off and connections replaced, and how connections and modules end. */
abstract class LifeCases extends TappedCases {
    /** What one close may take. */
    private static final Duration CLOSE = Duration.ofSeconds(2);

    LifeCases(Fabric fabric) {
        super(fabric);
    }

    /** Promise 1: whoever is put off asks again, within the deadline. */
    @Nested
    class PutOff {
        @Test
        void shouldConnectWhenThePeerAsksAgain() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            b.admission(Admission.DEFER);
            Attempt attempt = a.connect(b);
            b.nextRequest();
            b.settle();
            b.admission(Admission.ACCEPT);
            Outcome here = attempt.outcome();
            assumeFalse(here.reason() == Reason.REFUSED, "the scheme has no word for not now, and refuses");
            assertJoined(a, here.requireConnected(), b, b.nextToX().requireConnected());
            assertThat(b.counts().requests()).as("it was asked again").isGreaterThan(1);
            assertThat(b.counts().toldX()).as("outcomes of what was put off").isZero();
            assertThat(b.counts().sets()).isEqualTo(1);
        }

        @Test
        void shouldFailByTheDeadlineWhenItIsPutOffForEver() {
            Peer a = near(0, SHORT_MS);
            Peer b = far(1, SHORT_MS);
            b.admission(Admission.DEFER);
            Outcome failure = a.connect(b).outcome().requireFailed();
            assertThat(failure.reason()).isIn(Reason.BUSY, Reason.TIMEOUT, Reason.REFUSED);
            assertThat(failure.peer()).isEqualTo(b.rank());
            b.settle();
            assertThat(b.counts().sets()).isZero();
            a.assertNothingKept();
        }
    }

    /** Promise 4: a request for what a peer no longer has says which connection that is. */
    @Nested
    class Replacement {
        @Test
        void shouldNameTheConnectionThatARequestReplaces() {
            Peer b = far(1, LONG_MS);
            Peer a = near(0, LONG_MS);
            a.connect(b).outcome().requireConnected();
            Outcome old = b.nextToX().requireConnected();
            b.nextRequest();
            b.admission(Admission.HOLD);
            a.die();
            Peer again = near(0, LONG_MS);
            Attempt attempt = again.connect(b);
            int request = b.nextRequest();
            int replaced = b.replacedSet(request);
            if (replaced == 0) {
                assertThat(b.counts().toldDisconnected())
                        .as("ends told of the connection that is not replaced")
                        .isEqualTo(1);
            } else {
                assertThat(replaced).isEqualTo(old.set());
            }
            b.accept(request);
            Outcome here = attempt.outcome().requireConnected();
            Outcome there = b.nextToX().requireConnected();
            int ends = b.counts().toldDisconnected();
            b.release(old);
            b.settle();
            assertThat(b.counts().toldDisconnected())
                    .as("ends told after it was replaced")
                    .isEqualTo(ends);
            assertThat(b.counts().discarded()).as("the old set alone").isEqualTo(1);
            assertJoined(again, here, b, there);
        }
    }

    /** What ends, and what is left of it. */
    @Nested
    class Ends {
        @Test
        void shouldKeepNothingOfWhatWasCancelled() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, LONG_MS);
            b.admission(Admission.HOLD);
            Attempt attempt = a.connect(b);
            int request = b.nextRequest();
            attempt.cancel();
            attempt.cancel();
            assertThat(attempt.outcome().requireFailed().peer()).isEqualTo(b.rank());
            a.settle();
            a.assertNothingKept();
            b.accept(request);
            b.nextToX().requireFailed();
            b.settle();
            b.assertNothingKept();
        }

        @Test
        void shouldCloseWithinItsBoundAndTellNothingLater() {
            Peer a = near(0, LONG_MS);
            Peer b = far(1, UNHEARD_MS);
            Peer c = far(2, LONG_MS);
            Outcome kept = a.connect(c).outcome().requireConnected();
            Outcome keptThere = c.nextToX().requireConnected();
            b.admission(Admission.HOLD);
            a.admission(Admission.HOLD);
            Attempt ours = a.connect(b);
            int request = b.nextRequest();
            c.disconnect(keptThere);
            c.release(keptThere);
            Attempt theirs = c.connect(a);
            int asked = a.nextRequest();
            long beginNs = System.nanoTime();
            a.closeModule();
            Duration twice = Duration.ofNanos(System.nanoTime() - beginNs);
            Counts closed = a.counts();
            assertThat(twice).as("two closes").isLessThan(CLOSE.multipliedBy(2));
            assertThat(ours.outcome().requireFailed().reason()).isEqualTo(Reason.CLOSED);
            a.accept(asked);
            b.accept(request);
            b.nextToX().requireFailed();
            theirs.outcome().requireFailed();
            a.settle();
            Counts later = a.counts();
            assertThat(later.requests()).isEqualTo(closed.requests());
            assertThat(later.toldX()).isEqualTo(closed.toldX());
            assertThat(later.toldDisconnected()).isEqualTo(closed.toldDisconnected());
            a.release(kept);
            a.assertNothingKept();
            b.settle();
            b.assertNothingKept();
        }
    }
}
