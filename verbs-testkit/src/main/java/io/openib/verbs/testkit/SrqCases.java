package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.QpState;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.WcStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Shared receive queues. The receivers are near, so that the queue can be looked at; the senders are far. */
interface SrqCases extends VerbsContract {
    /** A shared queue, and pairs whose near ends draw from it. */
    record Shared(int srq, Region region, List<Pair> pairs) {
        static Shared open(VerbsFixture fx, int depth, int qps, int rnrRetry) {
            int srq = fx.near().createSrq(depth, 2);
            int cq = fx.near().createCq(512);
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < qps; i++) {
                Pair pair = new Pair(
                        fx.end(fx.near(), QpRequest.rc().cqs(cq, cq).srq(srq)), fx.end(fx.far(), QpRequest.rc()));
                pair.connected(
                        pair.near().towards(pair.far()).minRnrTimer(10),
                        pair.far().towards(pair.near()).rnrRetry(rnrRetry));
                pairs.add(pair);
            }
            return new Shared(srq, fx.near().allocate(1 << 16, Wiring.ALL_ACCESS), pairs);
        }

        void post(VerbsFixture fx, int id) {
            assertThat(fx.near().postSrqRecv(srq, Recv.into(id, region.part(id * 64L, 64))))
                    .isZero();
        }

        void send(int pair, int value) {
            End far = pairs.get(pair).far();
            far.write(0, new byte[] {(byte) value});
            far.post(Send.send(value, far.region().part(0, 1)));
            far.awaitSend(WcStatus.SUCCESS);
        }
    }

    /** pyverbs {@code test_rc_srq_traffic}. */
    @Test
    default void shouldServeSeveralQueuePairsInTheOrderOfItsReceives(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 64, 3, 7);
        for (int id = 0; id < 30; id++) {
            shared.post(fx, id);
        }
        for (int id = 0; id < 30; id++) {
            shared.send(id % 3, id);
            Wc wc = shared.pairs().get(0).near().awaitRecv(WcStatus.SUCCESS);
            assertThat(wc.wrId()).isEqualTo(id);
            assertThat(wc.qpNumber())
                    .isEqualTo(shared.pairs().get(id % 3).near().number());
            assertThat(fx.near().read(shared.region().handle(), id * 64L, 1)).containsExactly(id);
        }
    }

    @Test
    default void shouldUseEverySlotAgainAndAgain(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 4, 2, 7);
        int depth = fx.near().srq(shared.srq()).maxWr();
        for (int id = 0; id < depth; id++) {
            shared.post(fx, id % 100);
        }
        for (int round = 0; round < 10 * depth; round++) {
            shared.send(round % 2, round);
            long id = shared.pairs().get(0).near().awaitRecv(WcStatus.SUCCESS).wrId();
            shared.post(fx, (int) id);
        }
    }

    @Test
    default void shouldRefuseMoreReceivesThanItHolds(VerbsFixture fx) {
        SharedReceiveQueue srq = fx.pd().createSharedReceiveQueue(4, 1);
        fx.near().keep(srq);
        assertThat(srq.maxWr()).isGreaterThanOrEqualTo(4);
        assertThat(srq.maxSge()).isGreaterThanOrEqualTo(1);
        assertThat(srq.protectionDomain()).isSameAs(fx.pd());
        for (int i = 0; i < srq.maxWr(); i++) {
            assertThat(srq.post(srq.newRecvRequest(1).wrId(i).sgeCount(0))).isZero();
        }
        if (fx.traits().holdsExactDepths()) {
            assertThat(srq.post(srq.newRecvRequest(1).sgeCount(0))).isEqualTo(-Errno.ENOMEM);
        }
        assertThat(srq.post(srq.newRecvRequest(1).sgeCount(srq.maxSge() + 1))).isNegative();
    }

    @Test
    default void shouldRefuseAReceiveOnAQueuePairThatSharesOne(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 4, 1, 7);
        End near = shared.pairs().get(0).near();
        assertThat(fx.near().qp(near.qp().handle()).srq()).isSameAs(fx.near().srq(shared.srq()));
        int room = fx.near().srq(shared.srq()).maxSge();
        var wr = fx.near().srq(shared.srq()).newRecvRequest(room).sgeCount(0);
        assertThat(fx.near().qp(near.qp().handle()).post(wr)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    default void shouldRefuseSharedQueuesBeyondTheLimits(VerbsFixture fx) {
        int tooDeep = Math.toIntExact(fx.device().attributes().limit(DeviceLimit.MAX_SRQ_WR) + 1);
        int tooWide = Math.toIntExact(fx.device().attributes().limit(DeviceLimit.MAX_SRQ_SGE) + 1);
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().createSharedReceiveQueue(tooDeep, 1));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().createSharedReceiveQueue(4, tooWide));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.pd().createSharedReceiveQueue(0, 1));
    }

    @Test
    default void shouldStayOpenWhileAQueuePairUsesTheSharedQueue(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 4, 1, 7);
        Refusals.assertRefused(Errno.EBUSY, () -> fx.near().close(shared.srq()));
        fx.near().close(shared.pairs().get(0).near().qp().handle());
        fx.near().close(shared.srq());
    }

    /** pyverbs {@code test_modify_srq_limit}. */
    @Test
    default void shouldRaiseTheLimitEventOnce(VerbsFixture fx) throws InterruptedException {
        Shared shared = Shared.open(fx, 16, 1, 7);
        SharedReceiveQueue srq = fx.near().srq(shared.srq());
        for (int id = 0; id < 8; id++) {
            shared.post(fx, id);
        }
        Refusals.assertRefused(Errno.EINVAL, () -> srq.armLimit(srq.maxWr() + 1));
        srq.armLimit(6);
        assertThat(srq.limit()).isEqualTo(6);
        shared.send(0, 1);
        shared.send(0, 2);
        assertThat(fx.device().nextAsyncEvent(20)).as("six are left").isNull();
        shared.send(0, 3);
        AsyncEvent event = Objects.requireNonNull(fx.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.SRQ_LIMIT_REACHED);
        assertThat(event.element()).isSameAs(srq);
        assertThat(srq.limit()).isZero();
        shared.send(0, 4);
        assertThat(fx.device().nextAsyncEvent(20)).as("once").isNull();
    }

    @Test
    default void shouldRaiseNoLimitEventWhenDisarmed(VerbsFixture fx) throws InterruptedException {
        Shared shared = Shared.open(fx, 16, 1, 7);
        SharedReceiveQueue srq = fx.near().srq(shared.srq());
        shared.post(fx, 0);
        shared.post(fx, 1);
        srq.armLimit(2);
        srq.armLimit(0);
        assertThat(srq.limit()).isZero();
        shared.send(0, 1);
        assertThat(fx.device().nextAsyncEvent(20)).isNull();
    }

    @Test
    default void shouldServeDatagrams(VerbsFixture fx) {
        int srq = fx.near().createSrq(8, 1);
        End near = fx.end(fx.near(), QpRequest.ud().srq(srq));
        End far = fx.end(fx.far(), QpRequest.ud());
        new Pair(near, far).ready();
        fx.near().postSrqRecv(srq, Recv.into(5, near.region().part(0, 256)));
        byte[] bytes = fx.bytes(20);
        far.write(0, bytes);
        int handle = fx.far().createAddressHandle(fx.near().address());
        far.post(Send.send(1, far.region().part(0, 20)).destination(handle, near.number(), Wiring.QKEY));
        Wc wc = near.awaitRecv(WcStatus.SUCCESS);
        assertThat(wc.wrId()).isEqualTo(5);
        assertThat(wc.qpNumber()).isEqualTo(near.number());
        assertThat(near.read(40, 20)).isEqualTo(bytes);
    }

    @Test
    default void shouldMakeSendersWaitWhenItIsExhausted(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 8, 2, 7);
        End near = shared.pairs().get(0).near();
        for (Pair pair : shared.pairs()) {
            pair.far().post(Send.send(1, pair.far().region().part(0, 5)));
        }
        assertThat(fx.near().await(near.qp().recvCq(), 1, 30)).isEmpty();
        shared.post(fx, 0);
        near.awaitRecv(WcStatus.SUCCESS);
        shared.post(fx, 1);
        near.awaitRecv(WcStatus.SUCCESS);
        shared.pairs().forEach(pair -> pair.far().awaitSend(WcStatus.SUCCESS));
    }

    @Test
    default void shouldEndSendersWhoseRetriesAreUsedUp(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 8, 1, 2);
        End far = shared.pairs().get(0).far();
        far.post(Send.send(1, far.region().part(0, 5)));
        far.awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
    }

    @Test
    default void shouldKeepItsReceivesWhenAQueuePairFails(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 8, 2, 7);
        shared.post(fx, 0);
        shared.pairs().get(0).near().to(QpState.ERR);
        shared.send(1, 9);
        assertThat(shared.pairs().get(1).near().awaitRecv(WcStatus.SUCCESS).wrId())
                .isZero();
    }

    /** Who waits for the event and reads the queue empty before he destroys the queue pair has every receive that it took. */
    @Test
    default void shouldReportOfAQueuePairInErrorThatItTakesNoFurtherReceive(VerbsFixture fx)
            throws InterruptedException {
        assumeThat(fx.traits().reportsLastReceive())
                .as("reports the last receive")
                .isTrue();
        Shared shared = Shared.open(fx, 8, 2, 7);
        shared.post(fx, 0);
        shared.post(fx, 1);
        shared.send(0, 7);
        End near = shared.pairs().get(0).near();
        near.to(QpState.ERR);
        AsyncEvent event = Objects.requireNonNull(fx.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.QP_LAST_WQE_REACHED);
        assertThat(event.element()).isSameAs(fx.near().qp(near.qp().handle()));
        assertThat(near.awaitRecv(WcStatus.SUCCESS).wrId()).isZero();
        fx.near().close(near.qp().handle());
        shared.send(1, 9);
        assertThat(shared.pairs().get(1).near().awaitRecv(WcStatus.SUCCESS).wrId())
                .isEqualTo(1);
        assertThat(fx.device().nextAsyncEvent(0)).as("once").isNull();
    }

    @Test
    default void shouldReportNoLastReceiveOfAQueuePairWithReceivesOfItsOwn(VerbsFixture fx)
            throws InterruptedException {
        End near = fx.end(fx.near(), QpRequest.rc());
        new Pair(near, fx.end(fx.far(), QpRequest.rc())).connected();
        near.to(QpState.ERR);
        assertThat(fx.device().nextAsyncEvent(20)).isNull();
    }

    @Test
    default void shouldForgetUnreadCompletionsOfAQueuePairInReset(VerbsFixture fx) {
        assumeThat(fx.traits().resetForgetsCompletions())
                .as("RESET forgets completions")
                .isTrue();
        Shared shared = Shared.open(fx, 8, 2, 7);
        shared.post(fx, 0);
        shared.post(fx, 1);
        shared.send(0, 7);
        shared.pairs().get(0).near().to(QpState.RESET);
        shared.pairs().get(0).near().assertNothingCompleted();
        shared.send(1, 9);
        Wc wc = shared.pairs().get(1).near().awaitRecv(WcStatus.SUCCESS);
        assertThat(wc.wrId()).isEqualTo(1);
        assertThat(wc.qpNumber()).isEqualTo(shared.pairs().get(1).near().number());
        assertThat(fx.near().read(shared.region().handle(), 64, 1)).containsExactly(9);
    }

    @Test
    default void shouldGiveEachReceiveToOneSenderWhenManySendAtOnce(VerbsFixture fx) {
        Shared shared = Shared.open(fx, 256, 8, 7);
        for (int id = 0; id < 200; id++) {
            shared.post(fx, id);
        }
        for (int i = 0; i < 200; i++) {
            End far = shared.pairs().get(i % 8).far();
            far.post(Send.send(i, far.region().part(0, 16)));
        }
        Set<Long> ids = new HashSet<>();
        for (Wc wc : shared.pairs().get(0).near().awaitRecvs(200)) {
            assertThat(wc.status()).isEqualTo(WcStatus.SUCCESS);
            assertThat(ids.add(wc.wrId())).as("receive %d only once", wc.wrId()).isTrue();
        }
    }
}
