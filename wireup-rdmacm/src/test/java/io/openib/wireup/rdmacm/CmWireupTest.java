package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.soft.cm.CmMessageKind;
import io.openib.wireup.Connection;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmWireupTest {
    private static final InetAddress ELSEWHERE = new Gid(0, 0xffff_c000_0201L).toAddress();

    private final List<CmHarness> sides = new ArrayList<>();

    @AfterEach
    void close() {
        sides.forEach(CmHarness::close);
    }

    private CmHarness side(int rank, Consumer<Options> change) {
        Options options = new Options();
        change.accept(options);
        CmHarness side = new CmHarness(rank, options);
        sides.add(side);
        return side;
    }

    private CmHarness side(int rank) {
        return side(rank, options -> {});
    }

    static void assertPaired(Connection one, Connection other) {
        List<QueuePair> ones = one.queuePairs().queuePairs();
        List<QueuePair> others = other.queuePairs().queuePairs();
        assertThat(ones).hasSameSizeAs(others);
        for (int i = 0; i < ones.size(); i++) {
            ScriptedQueuePair a = (ScriptedQueuePair) ones.get(i);
            ScriptedQueuePair b = (ScriptedQueuePair) others.get(i);
            assertThat(a.state()).isEqualTo(b.state()).isEqualTo(QpState.RTS);
            assertThat(a.rtr.destQpNumber()).isEqualTo(b.number());
            assertThat(b.rtr.destQpNumber()).isEqualTo(a.number());
            assertThat(a.rtr.rqPsn()).isEqualTo(b.rts.sqPsn());
            assertThat(b.rtr.rqPsn()).isEqualTo(a.rts.sqPsn());
            assertThat(a.rtr.pathMtu()).isEqualTo(b.rtr.pathMtu());
            assertThat(a.rtr.minRnrTimer()).isEqualTo(12);
        }
    }

    private static int exchanges(Connection connection) {
        return ((LiveConnection) connection).exchanges();
    }

    @Test
    void shouldConnectAllQueuePairsByOneExchange() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        one.connect(two);
        Connection active = connected(one.outgoing);
        assertPaired(active, connected(two.incoming));
        assertThat(exchanges(active)).isEqualTo(1);
        assertThat(one.made).hasSize(1);
        assertThat(two.made).hasSize(1);
        assertThat(two.asked).containsExactly(new PeerName(1));
        assertThat(one.asked).isEmpty();
    }

    @Test
    void shouldConnectMoreThanSixQueuesByAnExchangeEach() throws InterruptedException {
        CmHarness one = side(1, options -> options.queues = 8);
        CmHarness two = side(2, options -> options.queues = 8);
        one.connect(two);
        Connection active = connected(one.outgoing);
        assertPaired(active, connected(two.incoming));
        assertThat(exchanges(active)).isEqualTo(8);
        assertThat(two.asked).containsExactly(new PeerName(1));
    }

    @Test
    void shouldConnectToItselfByALoop() throws InterruptedException {
        CmHarness one = side(1);
        one.connect(one);
        Connection loop = connected(one.outgoing);
        assertPaired(loop, loop);
        assertThat(one.asked).isEmpty();
        assertThat(one.made).hasSize(1);
    }

    @Test
    void shouldLoopInTheTrafficClassThatIsAskedFor() throws InterruptedException {
        CmHarness one = side(1, options -> options.trafficClass = 104);
        one.connect(one);
        assertThat(connected(one.outgoing).queuePairs().queuePairs())
                .hasSize(4)
                .extracting(qp -> ((ScriptedQueuePair) qp).rtr.addressVector().grh())
                .extracting("trafficClass")
                .containsOnly(104);
    }

    @Test
    void shouldProbeWhereTheLibraryEstablishesByItself() throws InterruptedException {
        CmHarness one = side(1, options -> options.hasEstablish = false);
        CmHarness two = side(2, options -> options.hasEstablish = false);
        one.connect(two);
        Connection active = connected(one.outgoing);
        assertPaired(active, connected(two.incoming));
        assertThat(exchanges(active)).isEqualTo(4);
        assertThat(two.probes).hasValue(1);
    }

    @Test
    void shouldFailAndTellThePeerWhenTheProbeIsNotAnswered() throws InterruptedException {
        CmHarness one = side(1, options -> options.hasEstablish = false);
        CmHarness two = side(2, options -> options.hasEstablish = false);
        two.isProbeAnswered = false;
        one.connect(two);
        assertThat(failed(two.incoming).reason()).isEqualTo(Reason.TIMEOUT);
        Connection active = connected(one.outgoing);
        assertThat(one.awaitDisconnected()).isSameAs(active);
    }

    @Test
    void shouldProbeAtTheDeadlineWhenReadyToUseIsLost() throws InterruptedException {
        CmHarness one = side(1, options -> options.faults = CmWireupFaultTest.loseAll(CmMessageKind.RTU));
        CmHarness two = side(2, options -> options.deadlineMs = 300);
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
        assertThat(two.probes).hasValue(1);
    }

    @Test
    void shouldMakeOneConnectionOfTwoRequestsThatCross() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        for (int round = 0; round < 100; round++) {
            CmHarness.cross(one, two);
            Connection ones = connected(one.outgoing);
            Connection twos = connected(two.outgoing);
            assertPaired(ones, twos);
            assertThat(one.incoming).isEmpty();
            assertThat(two.incoming).isEmpty();
            assertThat(one.made).hasSize(round + 1);
            assertThat(two.made).hasSize(round + 1);
            two.retire(twos);
            assertThat(one.awaitDisconnected()).isSameAs(ones);
        }
    }

    @Test
    void shouldTellBothWhenTheProgramRefuses() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        two.policy = request -> request.refuse("no more peers");
        one.connect(two);
        WireupFailure failure = failed(one.outgoing);
        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure.text())
                .contains("no more peers")
                .contains("soft0:1 on here")
                .contains("rank 2");
        assertThat(one.discarded).hasSize(1);
        assertThat(two.made).isEmpty();
        assertThat(two.incoming).isEmpty();
    }

    @Test
    void shouldTellAFailureThoughTheSetCannotBeGivenBack() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        one.discardError = new IllegalStateException("thrown for a test");
        two.policy = request -> request.refuse("no more peers");
        one.connect(two);
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.REFUSED);
        assertThat(one.discarded).hasSize(1);
    }

    @Test
    void shouldPrintADifferenceOfConfigurations() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2, options -> options.receiveQueues = "S,256");
        one.connect(two);
        assertThat(failed(one.outgoing).text()).contains("P,128").contains("S,256");
        two.contacts.put(new PeerName(1), one.asContact());
        // with a modex that says otherwise, the digest in the request tells
        one.connect(new PeerContact(
                new PeerName(2), "here", one.configuration(), two.module().contact()));
        WireupFailure failure = failed(one.outgoing);
        assertThat(failure.reason()).isEqualTo(Reason.CONFIGURATION);
        assertThat(failure.text()).contains("P,128").contains("S,256");
        assertThat(two.asked).isEmpty();
    }

    /** Which is not the one by which this side would reach the peer. */
    @Test
    void shouldKnowTheConfigurationOfThePortThatAsks() throws InterruptedException {
        CmHarness one = side(1, options -> options.mtu = Mtu.MTU_1024);
        CmHarness two = side(2);
        PeerContact asking = one.asContact();
        two.contacts.put(
                asking.name(), new PeerContact(asking.name(), asking.host(), two.configuration(), asking.blob()));
        two.contactsOfPorts.put(asking.name(), asking);
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
    }

    @Test
    void shouldNeverAskTheProgramForAStranger() throws InterruptedException {
        CmHarness two = side(2);
        CmHarness one = side(1, options -> {
            options.secret = new byte[] {2};
            options.retryCount = 2;
        });
        CmHarness other = side(3, options -> {
            options.jobId = "another job";
            options.retryCount = 2;
        });
        one.connect(two);
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.UNREACHABLE);
        other.connect(two);
        assertThat(failed(other.outgoing).reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(two.asked).isEmpty();
        assertThat(two.made).isEmpty();
    }

    @Test
    void shouldRefuseARequestForAnother() throws InterruptedException {
        CmHarness one = side(1, options -> options.retryCount = 1);
        CmHarness two = side(2);
        one.connect(new PeerContact(
                new PeerName(3), "here", two.configuration(), two.module().contact()));
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(two.asked).isEmpty();
    }

    @Test
    void shouldRefuseAContactThatIsNone() throws InterruptedException {
        CmHarness one = side(1);
        one.connect(new PeerContact(new PeerName(2), "here", one.configuration(), new byte[3]));
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.UNKNOWN_PEER);
        assertThat(one.made).isEmpty();
    }

    @Test
    void shouldTakeNewNumbersWhenTheOldAreStale() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        one.connect(two);
        Connection first = connected(one.outgoing);
        connected(two.incoming);
        one.numbersToReuse.add(first.queuePairs().queuePairs().get(0).number());
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
        assertThat(one.made).hasSize(3);
        assertThat(one.discarded).isNotEmpty();
    }

    @Test
    void shouldTellOfThePeersEnd() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        one.connect(two);
        Connection active = connected(one.outgoing);
        two.retire(connected(two.incoming));
        assertThat(one.awaitDisconnected()).isSameAs(active);
        assertThat(two.disconnected).isEmpty();
    }

    @Test
    void shouldReplaceAConnectionWhenThePeerAsksAnew() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        one.connect(two);
        connected(one.outgoing);
        Connection old = connected(two.incoming);
        BlockingQueue<Connection> replaced = new LinkedBlockingQueue<>();
        Consumer<IncomingRequest> accepting = two.policy;
        two.policy = request -> {
            request.replaces().ifPresent(replaced::add);
            accepting.accept(request);
        };
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
        assertThat(replaced).containsExactly(old);
        two.retire(old);
        assertThat(two.disconnected).isEmpty();
    }

    @Test
    void shouldGiveUpOnBothSidesWhenTheProgramNeverAnswers() throws InterruptedException {
        CmHarness one = side(1, options -> options.deadlineMs = 300);
        CmHarness two = side(2, options -> options.deadlineMs = 300);
        BlockingQueue<IncomingRequest> unanswered = new LinkedBlockingQueue<>();
        two.policy = unanswered::add;
        one.connect(two);
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.TIMEOUT);
        failed(two.incoming);
        assertThat(one.discarded).hasSize(1);
        assertThat(two.made).isEmpty();
        // an answer that comes too late gives the set back
        IncomingRequest late = unanswered.take();
        assertThat(late.isOpen()).isFalse();
        late.accept(two.createQueuePairs(new PeerName(1)));
        one.connect(one);
        connected(one.outgoing);
        two.connect(two);
        connected(two.outgoing);
        assertThat(two.discarded).hasSize(1);
    }

    @Test
    void shouldAnswerWhenTheProgramTakesItsTime() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        Consumer<IncomingRequest> prompt = two.policy;
        two.policy = request -> two.control().schedule(200, () -> prompt.accept(request));
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
    }

    @Test
    void shouldAskAgainWhenItIsPutOff() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        Consumer<IncomingRequest> accepting = two.policy;
        two.policy = request -> {
            if (two.asked.size() < 3) {
                ((Request) request).defer();
            } else {
                accepting.accept(request);
            }
        };
        one.connect(two);
        assertPaired(connected(one.outgoing), connected(two.incoming));
        assertThat(two.asked).hasSize(3);
        assertThat(one.made).hasSize(1);
    }

    @Test
    void shouldJoinThePeersRequestThatWaitsForItsAnswer() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        BlockingQueue<IncomingRequest> waiting = new LinkedBlockingQueue<>();
        one.policy = waiting::add;
        two.connect(one);
        IncomingRequest request = waiting.take();
        one.connect(two);
        request.accept(one.createQueuePairs(request.peer()));
        assertPaired(connected(one.outgoing), connected(two.outgoing));
        assertThat(one.incoming).isEmpty();
        assertThat(one.made).hasSize(1);
    }

    @Test
    void shouldLetAttemptsBeyondTheBoundWaitTheirTurn() throws InterruptedException {
        CmHarness one = side(1, options -> options.maxAttempts = 1);
        CmHarness two = side(2);
        CmHarness three = side(3);
        BlockingQueue<IncomingRequest> waiting = new LinkedBlockingQueue<>();
        two.policy = waiting::add;
        one.connect(two);
        IncomingRequest request = waiting.take();
        one.connect(three);
        one.connect(one);
        connected(one.outgoing);
        assertThat(three.asked).isEmpty();
        assertThat(one.made).hasSize(2);
        request.accept(two.createQueuePairs(request.peer()));
        assertThat(connected(one.outgoing).peer()).isEqualTo(new PeerName(2));
        assertThat(connected(one.outgoing).peer()).isEqualTo(new PeerName(3));
    }

    @Test
    void shouldCountTheDeadlineOfAnAttemptFromItsTurn() throws InterruptedException {
        CmHarness one = side(1, options -> {
            options.maxAttempts = 1;
            options.deadlineMs = 1_000;
        });
        CmHarness mute = side(2);
        CmHarness good = side(3);
        mute.policy = request -> {};
        one.connect(mute);
        one.connect(good);
        assertThat(failed(one.outgoing).reason()).isEqualTo(WireupFailure.Reason.TIMEOUT);
        assertThat(connected(one.outgoing).peer()).isEqualTo(new PeerName(3));
    }

    @Test
    void shouldTakeThePeersRequestWhileItsOwnAwaitsItsTurn() throws InterruptedException {
        CmHarness one = side(1, options -> options.maxAttempts = 1);
        CmHarness two = side(2);
        CmHarness three = side(3);
        two.policy = request -> {};
        one.connect(two);
        one.connect(three);
        three.connect(one);
        assertPaired(connected(one.outgoing), connected(three.outgoing));
        assertThat(one.incoming).isEmpty();
    }

    @Test
    void shouldRefuseToListenForOthersWithoutASecret() {
        assertThatThrownBy(() -> side(1, options -> {
                    options.secret = new byte[0];
                    options.isJobLocal = false;
                    options.address = ELSEWHERE;
                }))
                .cause()
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("no secret")
                .hasMessageContaining("192.0.2.1");
    }

    @Test
    void shouldRefuseAnAddressThatTheDeviceDoesNotHave() {
        assertThatThrownBy(() -> side(1, options -> {
                    options.isJobLocal = false;
                    options.address = ELSEWHERE;
                }))
                .cause()
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("soft0:1 on here")
                .hasMessageContaining("EADDRNOTAVAIL");
    }

    @Test
    void shouldFailAtOnceWhereNobodyListens() throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        CmHarness one = side(1, options -> options.retryCount = 3);
        byte[] blob = ContactBlob.encode(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        one.connect(new PeerContact(new PeerName(2), "here", one.configuration(), blob));
        WireupFailure failure = failed(one.outgoing);
        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure.text())
                .contains("status 8")
                .contains("nobody listens")
                .doesNotContain("times");
        assertThat(one.made).hasSize(1);
    }

    @Test
    void shouldEndWhatTheCallerGivesUp() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        two.policy = request -> {};
        one.connect(two).cancel();
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CANCELLED);
        assertThat(one.discarded).hasSameSizeAs(one.made);
    }

    @Test
    void shouldEndOpenAttemptsWhenItClosesAndKeepConnections() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness two = side(2);
        CmHarness three = side(3);
        one.connect(two);
        connected(one.outgoing);
        Connection kept = connected(two.incoming);
        three.policy = request -> {};
        one.connect(three);
        one.module().close();
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CLOSED);
        one.connect(two);
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CLOSED);
        assertThat(two.disconnected).isEmpty();
        assertThat(kept.queuePairs().queuePairs()).allMatch(qp -> qp.state() == QpState.RTS);
    }
}
