package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Peers that are not there, not there yet, or have posted nothing. */
interface RetryCases extends VerbsContract {
    /** 4.096 us times 2^14, in microseconds. */
    long TIMEOUT_US = 67_108;

    @Test
    default void shouldReachRtrAndRtsWithoutAPeer(VerbsFixture fx) {
        End end = fx.end(fx.near(), QpRequest.rc());
        end.connect(Wiring.to(fx.far().address(), 0xabcdef, 1, 2));
        assertThat(end.state()).isEqualTo(QpState.RTS);
        end.assertNothingCompleted();
    }

    @Test
    default void shouldRetryUntilThePeerIsReadyToReceive(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        byte[] bytes = fx.bytes(2000);
        pair.near().write(0, bytes);
        pair.near().connect(pair.near().towards(pair.far()).retries(17, 7));
        pair.near().post(Send.send(1, pair.near().region().part(0, 2000)));
        pair.near()
                .post(Send.write(
                        2, pair.near().region().part(0, 2000), pair.far().region(), 8192));
        pair.near().assertNothingCompleted();
        Wiring wiring = pair.far().towards(pair.near());
        pair.far().init(wiring);
        pair.far().postRecv(0, 4096);
        pair.near().assertNothingCompleted();
        pair.far().rtr(wiring);
        assertThat(pair.far().awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(2000);
        assertThat(pair.near().awaitSends(2)).extracting(Wc::wrId).containsExactly(1L, 2L);
        assertThat(pair.far().read(0, 2000)).isEqualTo(bytes);
        assertThat(pair.far().read(8192, 2000)).isEqualTo(bytes);
    }

    @Test
    default void shouldGiveUpOnAQueuePairThatDoesNotExist(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        fx.far().close(pair.far().qp().handle());
        pair.near().connect(hasty(pair));
        assertGivesUp(fx, pair, 8);
    }

    @Test
    default void shouldGiveUpOnAPeerInReset(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        pair.far().to(QpState.RESET);
        pair.near().to(QpState.RESET);
        pair.near().connect(hasty(pair));
        assertGivesUp(fx, pair, 8);
    }

    @Test
    default void shouldGiveUpOnAPeerInError(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(hasty(pair), pair.far().towards(pair.near()));
        pair.far().to(QpState.ERR);
        assertGivesUp(fx, pair, 8);
    }

    @Test
    default void shouldGiveUpWhenThePacketSequenceNumbersDoNotFit(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        Wiring ahead = hasty(pair).sqPsn((pair.near().psn() + 1000) & 0xffffff);
        pair.connected(ahead, pair.far().towards(pair.near()));
        pair.far().postRecv(0, 64);
        assertGivesUp(fx, pair, 8);
        pair.far().assertNothingCompleted();
    }

    @Test
    default void shouldGiveUpOnAPeerThatIsConnectedToAnotherQueuePair(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        End other = fx.end(fx.near(), QpRequest.rc());
        pair.connected(hasty(pair), pair.far().towards(pair.near()).destQpNumber(other.number()));
        assertGivesUp(fx, pair, 8);
    }

    @Test
    default void shouldGiveUpOnAPortThatIsNotThere(VerbsFixture fx) {
        assumeThat(fx.traits().reachesRtrWithoutRoute())
                .as("RTR without a route")
                .isTrue();
        Pair pair = fx.pair(QpRequest.rc());
        PortAddress real = fx.far().address();
        Gid gone = new Gid(real.gidPrefix() ^ 0x00ff00ff00L, real.gidInterface());
        PortAddress nowhere = real.withGid(gone).withLid(real.lid() ^ 0x2aaa);
        pair.connected(hasty(pair).destination(nowhere), pair.far().towards(pair.near()));
        pair.far().postRecv(0, 64);
        assertGivesUp(fx, pair, 8);
        pair.far().assertNothingCompleted();
    }

    @Test
    default void shouldGiveUpOnAPeerThatIsConnectedToAnotherPort(VerbsFixture fx) {
        assumeThat(fx.traits().dropsForeignSourceGid())
                .as("the source is compared")
                .isTrue();
        assumeThat(fx.traits().reachesRtrWithoutRoute())
                .as("RTR without a route")
                .isTrue();
        Pair pair = fx.pair(QpRequest.rc());
        PortAddress own = fx.near().address();
        PortAddress other = own.withGid(new Gid(own.gidPrefix() ^ 0x00ff00ff00L, own.gidInterface()))
                .withLid(own.lid() ^ 0x2aaa);
        pair.connected(hasty(pair), pair.far().towards(pair.near()).destination(other));
        pair.far().postRecv(0, 64);
        assertGivesUp(fx, pair, 8);
    }

    @Test
    default void shouldGiveUpWhenThePathMtusDoNotFit(VerbsFixture fx) {
        assumeThat(fx.traits().matchesPathMtu()).as("path MTUs are compared").isTrue();
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                hasty(pair).mtu(Mtu.MTU_1024), pair.far().towards(pair.near()).mtu(Mtu.MTU_256));
        pair.far().postRecv(0, 4096);
        assertGivesUp(fx, pair, 4096);
    }

    /** Timeout 0 is none. */
    @Test
    default void shouldWaitForEverForAnAnswerWhenToldSo(VerbsFixture fx) {
        Pair patient = fx.pair(QpRequest.rc());
        Pair witness = fx.pair(QpRequest.rc());
        fx.far().close(witness.far().qp().handle());
        patient.near().connect(patient.near().towards(patient.far()).retries(0, 0));
        witness.near().connect(hasty(witness));
        patient.near().post(Send.send(1, patient.near().region().part(0, 8)));
        witness.near().post(Send.send(2, witness.near().region().part(0, 8)));
        witness.near().awaitSend(WcStatus.RETRY_EXC_ERR);
        patient.near().assertNothingCompleted();
        assertThat(patient.near().state()).isEqualTo(QpState.RTS);
        patient.near().to(QpState.ERR);
        patient.near().awaitSend(WcStatus.WR_FLUSH_ERR);
    }

    /** One retry after the shortest timeout that every device keeps. */
    private static Wiring hasty(Pair pair) {
        return pair.near().towards(pair.far()).retries(14, 1);
    }

    private static void assertGivesUp(VerbsFixture fx, Pair pair, int length) {
        long startNs = System.nanoTime();
        pair.near().postRecv(0, 8);
        pair.near().post(Send.send(1, pair.near().region().part(0, length)));
        pair.near().post(Send.send(2, pair.near().region().part(0, length)));
        Wc first = pair.near()
                .side()
                .await(pair.near().qp().sendCq(), 1, End.WAIT_MS)
                .get(0);
        long elapsedUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNs);
        assertThat(first.status()).isEqualTo(WcStatus.RETRY_EXC_ERR);
        assertThat(first.wrId()).isEqualTo(1);
        if (fx.traits().waitsOutTimeouts()) {
            assertThat(elapsedUs).as("timeout times (retries + 1)").isGreaterThanOrEqualTo(2 * TIMEOUT_US);
        }
        assertThat(pair.near().awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.WR_FLUSH_ERR);
        pair.near().awaitState(QpState.ERR);
    }

    @Test
    default void shouldGiveUpOnAPeerWithoutReceivesByTheTargetsTimer(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        // 22 is 20.48 ms, 1 is 0.01 ms: the one that counts is the target's.
        pair.connected(
                pair.near().towards(pair.far()).minRnrTimer(1).rnrRetry(3),
                pair.far().towards(pair.near()).minRnrTimer(22));
        long startNs = System.nanoTime();
        pair.near().post(Send.send(1, pair.near().region().part(0, 8)));
        pair.near()
                .post(Send.write(2, pair.near().region().part(0, 8), pair.far().region(), 0));
        Wc first = pair.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
        long elapsedUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNs);
        assertThat(first.wrId()).isEqualTo(1);
        assertThat(elapsedUs).as("three waits of the target's timer").isGreaterThanOrEqualTo(3 * 20_480);
        pair.near().awaitSend(WcStatus.WR_FLUSH_ERR);
        pair.near().awaitState(QpState.ERR);
        assertThat(pair.far().state()).as("the target takes no harm").isEqualTo(QpState.RTS);
    }

    @Test
    default void shouldGiveUpAtOnceWithoutRnrRetries(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(
                pair.near().towards(pair.far()).rnrRetry(0),
                pair.far().towards(pair.near()).minRnrTimer(1));
        pair.near().post(Send.of(WrOpcode.RDMA_WRITE_WITH_IMM, 1));
        pair.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
    }

    @Test
    default void shouldWaitForEverForAReceiveWhenToldSo(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        int retries = fx.traits().rnrWaitsUseNoRetries() ? 0 : 7;
        // More waits than any finite count, and no retry of the other kind: waiting for receives uses none up.
        pair.connected(
                pair.near().towards(pair.far()).rnrRetry(7).retries(14, retries),
                pair.far().towards(pair.near()).minRnrTimer(14));
        for (int i = 0; i < 10; i++) {
            pair.near().post(Send.send(i, pair.near().region().part(0, i)));
        }
        assertThat(fx.near().await(pair.near().qp().sendCq(), 1, 60))
                .as("before a receive")
                .isEmpty();
        for (int i = 0; i < 10; i++) {
            pair.far().postRecv(i * 16, 16);
        }
        assertThat(pair.far().awaitRecvs(10)).extracting(Wc::byteLength).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(pair.near().awaitSends(10)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
    }

    @Test
    default void shouldNotNeedAReceiveForWritesAndReads(VerbsFixture fx) {
        Pair pair = fx.pair(QpRequest.rc());
        pair.connected(pair.near().towards(pair.far()).rnrRetry(0), pair.far().towards(pair.near()));
        pair.near()
                .post(Send.write(1, pair.near().region().part(0, 64), pair.far().region(), 0));
        pair.near()
                .post(Send.read(2, pair.near().region().part(0, 64), pair.far().region(), 0));
        assertThat(pair.near().awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
    }
}
