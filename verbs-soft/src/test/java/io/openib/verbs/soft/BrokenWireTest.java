package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What breaks between two hosts: nothing is lost or delivered twice while verbs' patience lasts, and it ends as verbs says. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BrokenWireTest {
    private static final int TIMEOUT = 16;
    private static final int RETRIES = 3;
    private static final long PATIENCE_NS = (4096L << TIMEOUT) * (1 + RETRIES);

    private WireRig rig;

    @BeforeEach
    void open() {
        rig = new WireRig();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void shouldLoseNothingWhenTheConnectionIsResetAgainAndAgain() {
        WireRig.Connection rc = rig.connect();
        int rounds = 40;
        int eachRound = 8;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < eachRound; i++) {
                rc.far().postRecv(i * WireRig.BYTES, WireRig.BYTES);
            }
            for (int i = 0; i < eachRound; i++) {
                rc.send(i);
            }
            rig.proxy().reset();
            assertThat(rc.near().awaitSends(eachRound)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            assertThat(rc.far().awaitRecvs(eachRound)).extracting(Wc::wrId).isSorted();
            for (int i = 0; i < eachRound; i++) {
                assertThat(rc.received(i)).isEqualTo(i);
            }
            rc.far().assertNothingCompleted();
        }
        assertThat(rig.proxy().connections()).isGreaterThan(2);
    }

    @Test
    void shouldDeliverEachMessageOnceAndWholeWhereverTheConnectionEnds() {
        SplittableRandom random = rig.random();
        int longest = 400_000;
        int srq = rig.far().createSrq(64, 4);
        WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc().srq(srq));
        rc.connect(rig.through(rc.near(), rc.far()));
        Region from = rig.near().allocate(longest, Wiring.ALL_ACCESS);
        Region to = rig.far().allocate(longest, Wiring.ALL_ACCESS);
        for (int round = 0; round < 30; round++) {
            byte[] message = new byte[100_000 + random.nextInt(longest - 100_000)];
            random.nextBytes(message);
            rig.near().write(from.handle(), 0, message);
            boolean isWrite = round % 2 == 0;
            assertThat(rig.far().postSrqRecv(srq, Recv.into(round, isWrite ? to.part(0, 8) : to.part(0, longest))))
                    .isZero();
            int opcode = isWrite ? WrOpcode.RDMA_WRITE_WITH_IMM : WrOpcode.SEND_WITH_IMM;
            rig.proxy().endAfter(random.nextInt(message.length));
            rc.near()
                    .post(Send.of(opcode, round)
                            .with(from.part(0, message.length))
                            .immediate(round)
                            .remote(to.address(), to.rkey()));
            rc.near().awaitSend(WcStatus.SUCCESS);
            Wc received = rc.far().awaitRecv(WcStatus.SUCCESS);
            assertThat(received.wrId()).isEqualTo(round);
            assertThat(received.immediate()).isEqualTo(round);
            assertThat(received.byteLength()).isEqualTo(message.length);
            assertThat(rig.far().read(to.handle(), 0, message.length)).isEqualTo(message);
            rc.far().assertNothingCompleted();
        }
        assertThat(rig.proxy().connections()).isGreaterThan(10);
    }

    @Test
    void shouldNotDeliverTwiceWhatWasNotAcknowledged() {
        WireRig.Connection rc = rig.connect();
        for (int message = 0; message < 3; message++) {
            rc.far().postRecv(message * WireRig.BYTES, WireRig.BYTES);
        }
        rc.send(0);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        rig.proxy().dropAnswers();
        rc.send(1);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        rc.near().assertNothingCompleted();
        rig.proxy().reset();
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().assertNothingCompleted();
        rc.send(2);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(rc.received(1)).isEqualTo(1);
        assertThat(rc.received(2)).isEqualTo(2);
        assertThat(rig.proxy().connections()).isEqualTo(2);
    }

    @Test
    void shouldAddOnceAlthoughTheAnswerGotLost() {
        WireRig.Connection rc = rig.connect();
        rc.far().postRecv(8, 8);
        add(rc, 1);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rig.proxy().dropAnswers();
        add(rc, 2);
        rc.near().post(Send.send(3));
        rc.far().awaitRecv(WcStatus.SUCCESS);
        rc.near().assertNothingCompleted();
        rig.proxy().reset();
        assertThat(rc.near().awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        assertThat(number(rc.near().read(0, 8))).as("found by the second").isEqualTo(1);
        assertThat(number(rc.far().read(0, 8))).as("after both").isEqualTo(2);
        rc.far().assertNothingCompleted();
    }

    private static void add(WireRig.Connection rc, int wrId) {
        rc.near()
                .post(Send.fetchAndAdd(
                        wrId, rc.near().region().part(0, 8), rc.far().region(), 0, 1));
    }

    private static long number(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
    }

    @Test
    void shouldGoOnWhenASilenceEndsInTime() {
        WireRig.Connection rc = rig.connect();
        rc.far().postRecv(0, WireRig.BYTES);
        rc.far().postRecv(WireRig.BYTES, WireRig.BYTES);
        rc.send(0);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        rig.proxy().beginBlackHole();
        rc.send(1);
        rc.near().assertNothingCompleted();
        rig.proxy().endBlackHole();
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(rc.received(1)).isEqualTo(1);
    }

    /** A later send, which nobody takes and which has no more patience, tells when the first one would have given up. */
    @Test
    void shouldNotTakeTheMakingOfTheFirstConnectionForAMissingAnswer() {
        rig.proxy().hold();
        WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
        rc.connect(rig.through(rc.near(), rc.far()).retries(TIMEOUT, RETRIES));
        rc.far().postRecv(WireRig.BYTES, WireRig.BYTES);
        WireRig.Connection toNobody = rig.open(QpRequest.rc(), QpRequest.rc());
        try (WireProxy nobody = new WireProxy(0)) {
            nobody.refuse();
            toNobody.connect(
                    rig.through(nobody, toNobody.near(), toNobody.far()).retries(TIMEOUT, RETRIES));
            rc.send(1);
            toNobody.send(0);
            toNobody.near().awaitSend(WcStatus.RETRY_EXC_ERR);
        }
        rc.near().assertNothingCompleted();
        rig.proxy().release();
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(rc.received(1)).isEqualTo(1);
    }

    @Test
    void shouldEndWhenNobodyIsThereAndConnectAnewLater() {
        rig.proxy().refuse();
        WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
        assertEndsInTime(rc);
        rig.proxy().admit();
        assertConnectsAnew(rc);
    }

    @Test
    void shouldEndWhenSomebodyTakesTheCallAndNeverAnswersAndConnectAnewLater() {
        rig.proxy().beginBlackHole();
        WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
        assertEndsInTime(rc);
        rig.proxy().endBlackHole();
        assertConnectsAnew(rc);
    }

    @Test
    void shouldEndWhenTheAnswersStopAndConnectAnewLater() {
        WireRig.Connection rc = rig.connect();
        rc.far().postRecv(0, WireRig.BYTES);
        rc.send(0);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        rc.near().to(QpState.RESET);
        rc.far().to(QpState.RESET);
        rig.proxy().beginBlackHole();
        assertEndsInTime(rc);
        rig.proxy().endBlackHole();
        assertConnectsAnew(rc);
    }

    @Test
    void shouldEndWhenThePeerIsKilledAndServeAnother() {
        WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
        rc.connect(rig.through(rc.near(), rc.far()).retries(TIMEOUT, RETRIES));
        rc.far().postRecv(0, WireRig.BYTES);
        rc.send(0);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rig.process().kill();
        rc.send(1);
        rc.send(2);
        assertThat(rc.near().awaitSends(2))
                .extracting(Wc::status)
                .containsExactly(WcStatus.RETRY_EXC_ERR, WcStatus.WR_FLUSH_ERR);
        try (PeerProcess other = PeerProcess.start(new SoftOverWire())) {
            End near = End.open(rig.near(), QpRequest.rc(), 0);
            End far = End.open(other.side(), QpRequest.rc(), 0);
            far.connect(far.towards(near));
            near.connect(near.towards(far).retries(18, 7));
            far.postRecv(0, WireRig.BYTES);
            near.post(Send.send(3, near.region().part(0, WireRig.BYTES)));
            near.awaitSend(WcStatus.SUCCESS);
            far.awaitRecv(WcStatus.SUCCESS);
        }
    }

    /** A send that gets no answer: RETRY_EXC, not before the timeout times the retries. */
    private void assertEndsInTime(WireRig.Connection rc) {
        rc.connect(rig.through(rc.near(), rc.far()).retries(TIMEOUT, RETRIES));
        long beganNs = System.nanoTime();
        rc.send(1);
        rc.near().awaitSend(WcStatus.RETRY_EXC_ERR);
        assertThat(System.nanoTime() - beganNs).isGreaterThanOrEqualTo(PATIENCE_NS);
        rc.near().awaitState(QpState.ERR);
    }

    private void assertConnectsAnew(WireRig.Connection rc) {
        rc.near().to(QpState.RESET);
        rc.far().to(QpState.RESET);
        rc.connect(rig.through(rc.near(), rc.far()));
        rc.far().postRecv(2 * WireRig.BYTES, WireRig.BYTES);
        rc.send(2);
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().awaitRecv(WcStatus.SUCCESS);
        assertThat(rc.received(2)).isEqualTo(2);
        rc.far().assertNothingCompleted();
    }
}
