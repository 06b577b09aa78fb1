package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmMessageKind;
import io.openib.wireup.Connection;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupModule.PendingConnection;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody recorded of this very job and sends again changes nothing. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmReplayTest {
    private static final int FAR = 1 << 16;

    private final RequestTape tape = new RequestTape();

    private CmHarness listener() {
        Options options = new Options();
        options.tape = tape;
        return new CmHarness(2, options);
    }

    private void assertRefused(CmHarness to, ConnectionParameters request) throws InterruptedException {
        InetSocketAddress address =
                Objects.requireNonNull(ContactBlob.decode(to.asContact().blob()));
        CmEvent answer = tape.replay(request, address);
        assertThat(answer.type()).isEqualTo(CmEventType.REJECTED);
        assertThat(answer.status()).as("the program itself saw and refused it").isEqualTo(CmEvent.REJECT_CONSUMER);
    }

    private static void assertUndisturbed(CmHarness side, Connection connection, int requests) {
        assertThat(side.asked).as("the transport hears of no more than it had").hasSize(requests);
        assertThat(side.made).hasSize(requests);
        assertInUse(side, connection);
    }

    private static void assertInUse(CmHarness side, Connection connection) {
        assertThat(side.disconnected).isEmpty();
        assertThat(side.discarded).doesNotContain(connection.queuePairs());
        assertThat(connection.queuePairs().queuePairs())
                .extracting(qp -> ((ScriptedQueuePair) qp).state())
                .containsOnly(QpState.RTS);
    }

    @Test
    void shouldLeaveAnEstablishedConnectionAlone() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, new Options());
                CmHarness two = listener()) {
            one.connect(two);
            connected(one.outgoing);
            Connection there = connected(two.incoming);
            assertRefused(two, tape.requests().get(0));
            assertUndisturbed(two, there, 1);
            assertThat(one.disconnected).isEmpty();
        }
    }

    @Test
    void shouldLeaveItAloneWhenAnEarlierAttemptIsSentAgain() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, new Options());
                CmHarness two = listener()) {
            one.connect(two);
            one.retire(connected(one.outgoing));
            connected(two.incoming);
            two.awaitDisconnected();
            one.connect(two);
            connected(one.outgoing);
            Connection there = connected(two.incoming);
            for (ConnectionParameters request : tape.requests()) {
                assertRefused(two, request);
            }
            assertUndisturbed(two, there, 2);
        }
    }

    @Test
    void shouldLeaveItAloneWhenAnEarlierIncarnationIsSentAgain() throws InterruptedException {
        try (CmHarness two = listener()) {
            CmHarness before = new CmHarness(1, new Options());
            before.connect(two);
            connected(before.outgoing);
            connected(two.incoming);
            before.close();
            try (CmHarness after = new CmHarness(1, new Options())) {
                after.connect(two);
                connected(after.outgoing);
                Connection there = connected(two.incoming);
                two.disconnected.clear();
                assertRefused(two, tape.requests().get(0));
                assertUndisturbed(two, there, 2);
            }
        }
    }

    /** It was on its way when its sender gave it up and asked by another port. */
    @Test
    void shouldLeaveItAloneWhenALateRequestOfAnotherPortOfItsSenderComes() throws InterruptedException {
        Losses losses = new Losses();
        Options lossy = new Options();
        lossy.faults = losses;
        Options others = new Options();
        others.component = lossy.component;
        try (CmHarness one = new CmHarness(1, lossy);
                CmHarness otherOfOne = new CmHarness(1, others);
                CmHarness two = listener()) {
            one.connect(two);
            one.retire(connected(one.outgoing));
            connected(two.incoming);
            two.awaitDisconnected();
            losses.giveUp(one, two);
            otherOfOne.connect(two);
            connected(otherOfOne.outgoing);
            Connection there = connected(two.incoming);
            assertRefused(two, next(tape.requests().get(0), two));
            assertUndisturbed(two, there, 2);
        }
    }

    /** The requests of a side, lost on their way as long as it is wanted. */
    private static final class Losses implements CmFaults {
        private final AtomicInteger lost = new AtomicInteger();
        private volatile boolean isLosing;

        @Override
        public Fate fateOf(CmMessageKind kind) {
            boolean isLost = kind == CmMessageKind.REQ && isLosing;
            lost.addAndGet(isLost ? 1 : 0);
            return isLost ? Fate.LOST : Fate.DELIVERED;
        }

        @Override
        public boolean rejectsRequest() {
            return false;
        }

        /** An attempt whose request is lost and that its caller gives up. */
        void giveUp(CmHarness from, CmHarness to) throws InterruptedException {
            isLosing = true;
            PendingConnection givenUp = from.connect(to);
            while (lost.get() == 0) {
                Thread.onSpinWait();
            }
            givenUp.cancel();
            assertThat(failed(from.outgoing).reason()).isEqualTo(Reason.CANCELLED);
            isLosing = false;
        }
    }

    /** It was on its way when its sender gave it up and then took a request of this side's. */
    @Test
    void shouldLeaveItAloneWhenARequestComesThatItsSenderHasGivenUp() throws InterruptedException {
        Losses losses = new Losses();
        Options lossy = new Options();
        lossy.faults = losses;
        try (CmHarness one = new CmHarness(1, lossy);
                CmHarness two = listener()) {
            one.connect(two);
            one.retire(connected(one.outgoing));
            connected(two.incoming);
            two.awaitDisconnected();
            losses.giveUp(one, two);
            two.connect(one);
            Connection here = connected(two.outgoing);
            connected(one.incoming);
            assertRefused(two, next(tape.requests().get(0), two));
            assertThat(two.asked).as("the first request alone").hasSize(1);
            assertInUse(two, here);
        }
    }

    /** The request that the sender of one made next. */
    private static ConnectionParameters next(ConnectionParameters request, CmHarness to) {
        Options same = new Options();
        JobSeal seal = new JobSeal(Optional.of(same.secret), same.jobId);
        InetSocketAddress address =
                Objects.requireNonNull(ContactBlob.decode(to.asContact().blob()));
        PrivateData privateData = PrivateData.of(seal, address);
        Hello first = Objects.requireNonNull(
                privateData.decode(Direction.REQUEST, request.privateData(), request.qpNumber()));
        List<Integer> numbers =
                first.qpNumbers().stream().map(number -> number + FAR).toList();
        Hello second = new Hello(
                first.attempt() + 1,
                first.generation(),
                first.source(),
                first.destination(),
                first.digest(),
                first.port(),
                first.firstQueue(),
                numbers);
        return new ConnectionParameters(
                privateData.encode(Direction.REQUEST, second),
                request.responderResources(),
                request.initiatorDepth(),
                request.retryCount(),
                request.rnrRetryCount(),
                false,
                numbers.get(0));
    }

    @Test
    void shouldBeNothingToAnotherPortOfTheSameProcess() throws InterruptedException {
        try (CmHarness one = new CmHarness(1, new Options());
                CmHarness two = listener();
                CmHarness otherOfTwo = new CmHarness(2, new Options())) {
            one.connect(two);
            connected(one.outgoing);
            InetSocketAddress address = Objects.requireNonNull(
                    ContactBlob.decode(otherOfTwo.asContact().blob()));
            assertThat(tape.replay(tape.requests().get(0), address).type()).isEqualTo(CmEventType.REJECTED);
            assertThat(otherOfTwo.asked).isEmpty();
            assertThat(otherOfTwo.made).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_000})
    void shouldKnowEarlierFromLaterAcrossTheEndOfTheNumbers(int start) {
        SeenHellos seen = new SeenHellos();
        Hello first = hello(start);
        assertThat(seen.age(first)).isPositive();
        seen.see(first);
        assertThat(seen.age(first)).isZero();
        Hello later = hello((start + 1_000) & 0xffff);
        assertThat(seen.age(later)).isPositive();
        seen.see(later);
        assertThat(seen.age(first)).isNegative();
    }

    private static Hello hello(int attempt) {
        return new Hello(attempt, 5, 1, 2, 0, 0, 0, List.of(7));
    }
}
