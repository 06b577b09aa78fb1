package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmMessageKind;
import io.openib.wireup.Connection;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupModule.PendingConnection;
import io.openib.wireup.rdmacm.CmHarness.Options;
import io.openib.wireup.rdmacm.CmHarness.Told;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attempts in line, attempts that are put off, and words that come late. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmTurnsTest {
    private static final int MANY = 3_000;
    private static final int FIRST_RANK = 100;

    /** One attempt has its turn, at a peer that does not answer; many wait. */
    private static PendingConnection line(CmHarness one, CmHarness two) throws InterruptedException {
        two.policy = request -> {};
        PendingConnection first = one.connect(two);
        while (two.asked.isEmpty()) {
            Thread.onSpinWait();
        }
        PeerContact contact = two.asContact();
        for (int i = 0; i < MANY; i++) {
            one.connect(new PeerContact(
                    new PeerName(FIRST_RANK + i), contact.host(), contact.configuration(), contact.blob()));
        }
        settle(one);
        return first;
    }

    private static void settle(CmHarness side) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        side.control().execute(() -> done.complete(null));
        done.join();
    }

    private static Options oneAtATime() {
        Options options = new Options();
        options.maxAttempts = 1;
        options.jobSize = FIRST_RANK + MANY;
        return options;
    }

    @Test
    void shouldTellEachOfManyThatFailOneAfterTheOther() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, oneAtATime());
                CmHarness two = new CmHarness(2, new Options())) {
            PendingConnection first = line(one, two);
            one.isFull = true;
            first.cancel();
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CANCELLED);
            for (int i = 0; i < MANY; i++) {
                assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.DEVICE);
            }
        }
    }

    @Test
    void shouldBeginNothingThatWaitsWhenItCloses() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, oneAtATime());
                CmHarness two = new CmHarness(2, new Options())) {
            line(one, two);
            one.module().close();
            for (int i = 0; i < MANY + 1; i++) {
                assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CLOSED);
            }
            assertThat(one.made).hasSize(1);
        }
    }

    @Test
    void shouldAskAsOftenAsItIsPutOff() throws InterruptedException {
        Options impatient = new Options();
        impatient.retryCount = 1;
        try (CmHarness one = new CmHarness(1, impatient);
                CmHarness two = new CmHarness(2, new Options())) {
            AtomicInteger times = new AtomicInteger();
            two.policy = request -> {
                if (times.incrementAndGet() < 6) {
                    request.defer();
                } else {
                    accept(two, request);
                }
            };
            one.connect(two);
            connected(one.outgoing);
            assertThat(times).hasValue(6);
        }
    }

    @Test
    void shouldSayThatItWasPutOffUntilItsTimeWasOver() throws InterruptedException {
        Options impatient = new Options();
        impatient.deadlineMs = 2_000;
        try (CmHarness one = new CmHarness(1, impatient);
                CmHarness two = new CmHarness(2, new Options())) {
            two.policy = IncomingRequest::defer;
            one.connect(two);
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.BUSY);
        }
    }

    private static void accept(CmHarness side, IncomingRequest request) {
        request.accept(side.createQueuePairs(request.peer()));
    }

    /** Its set was to serve the winner's request, which came to nothing without a word. */
    @Test
    void shouldKeepTheSetThatConnectsThoughItHadYielded() throws InterruptedException {
        Options mute = new Options();
        mute.faults = CmWireupFaultTest.loseAll(CmMessageKind.REJ);
        Options slow = new Options();
        CountDownLatch hasAsked = new CountDownLatch(1); // who has not would serve the winner at once
        slow.faults = CmHarness.faults(kind -> {
            if (kind != CmMessageKind.REQ) {
                return CmFaults.Fate.DELIVERED;
            }
            hasAsked.countDown();
            return new CmFaults.Fate(false, 400, false);
        });
        try (CmHarness winner = new CmHarness(1, mute);
                CmHarness loser = new CmHarness(2, slow)) {
            loser.connect(winner);
            hasAsked.await();
            PendingConnection winners = winner.connect(loser);
            while (loser.asked.isEmpty()) {
                Thread.onSpinWait();
            }
            winners.cancel();
            assertThat(failed(winner.outgoing).reason()).isEqualTo(Reason.CANCELLED);
            Connection losers = connected(loser.outgoing);
            CmWireupTest.assertPaired(losers, connected(winner.incoming));
            assertThat(loser.discarded).doesNotContain(losers.queuePairs());
        }
    }

    /** What has precedence never comes; the other, which is told to wait for it, asks anew. */
    @Test
    void shouldConnectByTheOnlyRequestThatGetsThrough() throws InterruptedException {
        Options mute = new Options();
        mute.faults = CmWireupFaultTest.loseAll(CmMessageKind.REQ);
        mute.deadlineMs = 4_000;
        Options patient = new Options();
        patient.deadlineMs = mute.deadlineMs;
        try (CmHarness winner = new CmHarness(1, mute);
                CmHarness loser = new CmHarness(2, patient)) {
            CmHarness.cross(winner, loser);
            Connection winners = connected(winner.outgoing);
            CmWireupTest.assertPaired(winners, connected(loser.outgoing));
            assertThat(winner.incoming).isEmpty();
            assertThat(winner.asked).contains(new PeerName(2));
        }
    }

    /** What has precedence comes when the other has waited for it as long as it was told to, and asks anew. */
    @Test
    void shouldConnectThoughTheRequestsOfBothAreSlow() throws InterruptedException {
        Options slow = new Options();
        slow.deadlineMs = 4_000;
        slow.faults = CmWireupFaultTest.delayAll(CmMessageKind.REQ, 1_200);
        Options lessSlow = new Options();
        lessSlow.deadlineMs = slow.deadlineMs;
        lessSlow.faults = CmWireupFaultTest.delayAll(CmMessageKind.REQ, 200);
        try (CmHarness winner = new CmHarness(1, slow);
                CmHarness loser = new CmHarness(2, lessSlow)) {
            CmHarness.cross(winner, loser);
            CmWireupTest.assertPaired(connected(winner.outgoing), connected(loser.outgoing));
        }
    }

    /** It yields before its first turn, and that comes to nothing: it has no more time than it was given. */
    @Test
    void shouldKeepItsDeadlineWhenWhatItYieldedToIsGivenUp() throws InterruptedException {
        Options mute = new Options();
        mute.faults = CmWireupFaultTest.loseAll(CmMessageKind.REQ);
        mute.deadlineMs = 1_000;
        mute.retryCount = 100;
        try (CmHarness one = new CmHarness(1, mute);
                CmHarness two = new CmHarness(2, new Options())) {
            one.policy = request -> {};
            PendingConnection theirs = two.connect(one);
            while (one.asked.isEmpty()) {
                Thread.onSpinWait();
            }
            long startNs = System.nanoTime();
            one.connect(two);
            one.control().schedule(800, theirs::cancel);
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(System.nanoTime() - startNs).isLessThan(TimeUnit.MILLISECONDS.toNanos(1_750));
        }
    }

    /** It has yielded to a request that its peer never establishes, and whose probe is never answered. */
    @Test
    void shouldHearWithinItsDeadlineThoughAProbeIsOut() throws InterruptedException {
        Options lossy = new Options();
        lossy.faults = CmWireupFaultTest.loseAll(CmMessageKind.RTU);
        Options hasty = new Options();
        hasty.deadlineMs = 300;
        hasty.retryCount = 0;
        try (CmHarness winner = new CmHarness(1, lossy);
                CmHarness loser = new CmHarness(2, hasty)) {
            loser.isProbeMute = true;
            CmHarness.cross(winner, loser);
            settle(loser);
            Told late = new Told(null, null);
            loser.control().schedule(hasty.deadlineMs * 3 / 2, () -> loser.outgoing.add(late));
            Told first = CmHarness.take(loser.outgoing);
            assertThat(first).isNotSameAs(late);
            assertThat(requireNonNull(first.failure()).reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(loser.probes).hasValue(1);
        }
    }

    /** The program admits the request that it has yielded to so late that only a probe can tell in time. */
    @Test
    void shouldProbeWhatItRepliesToWhenLittleOfItsDeadlineIsLeft() throws InterruptedException {
        Options lossy = new Options();
        lossy.faults = CmWireupFaultTest.loseAll(CmMessageKind.RTU);
        Options hasty = new Options();
        hasty.deadlineMs = 10_000;
        try (CmHarness winner = new CmHarness(1, lossy);
                CmHarness loser = new CmHarness(2, hasty)) {
            CompletableFuture<Void> gate = new CompletableFuture<>();
            loser.gate = gate;
            winner.connect(loser);
            loser.connect(winner);
            settle(loser);
            loser.control().schedule(hasty.deadlineMs * 8 / 10, () -> gate.complete(null));
            CmWireupTest.assertPaired(connected(winner.outgoing), connected(loser.outgoing));
            assertThat(loser.probes).hasValue(1);
        }
    }

    /** It yields before its first turn, that comes to nothing, and others have their turns first. */
    @Test
    void shouldHaveItsDeadlineWhenItHasBeenPutBackInLine() throws InterruptedException {
        Options options = oneAtATime();
        options.deadlineMs = 2_000;
        try (CmHarness one = new CmHarness(1, options);
                CmHarness two = new CmHarness(2, new Options());
                CmHarness three = new CmHarness(3, new Options());
                CmHarness four = new CmHarness(4, new Options())) {
            two.policy = request -> {};
            three.policy = request -> {};
            one.policy = request -> {};
            one.connect(two);
            one.connect(three);
            PendingConnection fours = four.connect(one);
            while (one.asked.isEmpty()) {
                Thread.onSpinWait();
            }
            one.connect(four);
            settle(one);
            fours.cancel();
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.TIMEOUT);
            assertThat(connected(one.outgoing).peer()).isEqualTo(four.name());
        }
    }

    @Test
    void shouldGiveBackASecondSetAndKeepTheFirst() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, new Options());
                CmHarness two = new CmHarness(2, new Options())) {
            two.policy = request -> {
                accept(two, request);
                accept(two, request);
                request.defer();
            };
            one.connect(two);
            connected(one.outgoing);
            Connection passive = connected(two.incoming);
            assertThat(two.made).hasSize(2);
            assertThat(two.discarded).hasSize(1).doesNotContain(passive.queuePairs());
        }
    }

    /** Each has a module of its own; they number their attempts together. */
    @Test
    void shouldConnectByEachPortOfAPeerInTurn() throws InterruptedException {
        Options options = new Options();
        try (CmHarness first = new CmHarness(1, options);
                CmHarness second = new CmHarness(1, options);
                CmHarness two = new CmHarness(2, new Options())) {
            for (CmHarness port : List.of(first, second, first, second)) {
                port.connect(two);
                Connection connection = connected(port.outgoing);
                CmWireupTest.assertPaired(connection, connected(two.incoming));
                port.retire(connection);
                two.awaitDisconnected();
            }
        }
    }

    /** Of a connection that a probe has shown to be there the connection manager may hear nothing more. */
    @Test
    void shouldNotTakeALateWordForTheEndOfAConnection() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, new Options());
                CmHarness two = new CmHarness(2, new Options())) {
            one.connect(two);
            connected(one.outgoing);
            LiveConnection passive = (LiveConnection) connected(two.incoming);
            try (CmEventChannel channel =
                    ((CmProvider) two.device()).connectionManager().createEventChannel()) {
                CmId id = channel.createId();
                two.control().execute(() -> passive.onEvent(new CmEvent(CmEventType.UNREACHABLE, id, null, 0, null)));
                settle(two);
                assertThat(two.disconnected).isEmpty();
                two.control().execute(() -> passive.onEvent(new CmEvent(CmEventType.DISCONNECTED, id, null, 0, null)));
                assertThat(two.awaitDisconnected()).isSameAs(passive);
            }
        }
    }
}
