package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Completion queues: sizes, order, batches, overrun. */
interface CompletionQueueCases extends VerbsContract {
    /** pyverbs {@code test_create_cq}. */
    @Test
    default void shouldHoldAtLeastWhatWasAskedFor(VerbsFixture fx) {
        int most = Math.toIntExact(fx.device().attributes().limit(DeviceLimit.MAX_CQE));
        for (int cqe : new int[] {1, 2, 3, 100, 1000, most / 2, most}) {
            try (CompletionQueue cq = fx.device().createCompletionQueue(cqe, null)) {
                assertThat(cq.cqe()).isGreaterThanOrEqualTo(cqe);
                assertThat(cq.device()).isSameAs(fx.device());
                assertThat(cq.channel()).isNull();
                assertThat(cq.poll(cq.newCompletions(4))).isZero();
            }
        }
    }

    /** pyverbs {@code test_create_cq_bad_flow}. */
    @Test
    default void shouldRefuseSizesThatCannotBe(VerbsFixture fx) {
        long most = fx.device().attributes().limit(DeviceLimit.MAX_CQE);
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().createCompletionQueue(0, null));
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().createCompletionQueue(-1, null));
        assumeThat(most).isLessThan(Integer.MAX_VALUE);
        Refusals.assertRefused(Errno.EINVAL, () -> fx.device().createCompletionQueue((int) most + 1, null));
    }

    @Test
    default void shouldStayOpenWhileAQueuePairUsesIt(VerbsFixture fx) {
        int send = fx.near().createCq(8);
        int recv = fx.near().createCq(8);
        QpRef qp = fx.near().createQp(QpRequest.rc().cqs(send, recv));
        Refusals.assertRefused(Errno.EBUSY, () -> fx.near().close(send));
        Refusals.assertRefused(Errno.EBUSY, () -> fx.near().close(recv));
        fx.near().close(qp.handle());
        fx.near().close(send);
        fx.near().close(recv);
    }

    @Test
    default void shouldRefuseToArmWithoutAChannel(VerbsFixture fx) {
        try (CompletionQueue cq = fx.device().createCompletionQueue(4, null)) {
            assertThat(cq.requestNotify(false)).isEqualTo(-Errno.EINVAL);
        }
    }

    @Test
    default void shouldPollInTheOrderOfPostsAndNoMoreThanTheBatchHolds(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        for (int i = 0; i < 20; i++) {
            pair.far().post(Recv.into(100 + i, pair.far().region().part(64L * i, 64)));
        }
        for (int i = 0; i < 20; i++) {
            pair.near().post(Send.send(i, pair.near().region().part(0, i)));
        }
        List<Wc> sends = pair.near().awaitSends(20);
        for (int i = 0; i < 20; i++) {
            assertThat(sends.get(i).wrId()).isEqualTo(i);
            assertThat(sends.get(i).status()).isEqualTo(WcStatus.SUCCESS);
            assertThat(sends.get(i).opcode()).isEqualTo(WcOpcode.SEND);
            assertThat(sends.get(i).qpNumber()).isEqualTo(pair.near().number());
        }
        List<Wc> first = pair.far().awaitRecvs(7);
        List<Wc> rest = pair.far().awaitRecvs(13);
        assertThat(first).extracting(Wc::wrId).containsExactly(100L, 101L, 102L, 103L, 104L, 105L, 106L);
        assertThat(rest.get(12).wrId()).isEqualTo(119);
        assertThat(rest.get(12).byteLength()).isEqualTo(19);
        pair.far().assertNothingCompleted();
    }

    @Test
    default void shouldUseEveryEntryAgainAndAgain(VerbsFixture fx) {
        int cq = fx.near().createCq(4);
        Pair pair = new Pair(
                        fx.end(fx.near(), QpRequest.rc().cqs(cq, cq).depths(4, 4)), fx.end(fx.far(), QpRequest.rc()))
                .connected();
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 4; i++) {
                pair.near()
                        .post(Send.write(
                                4L * round + i,
                                pair.near().region().part(0, 8),
                                pair.far().region(),
                                0));
            }
            assertThat(pair.near().awaitSends(4)).extracting(Wc::wrId).first().isEqualTo(4L * round);
        }
    }

    @Test
    default void shouldSeparateSendsFromReceivesWhenTheQueuesDiffer(VerbsFixture fx) {
        int send = fx.near().createCq(16);
        int recv = fx.near().createCq(16);
        Pair pair = new Pair(fx.end(fx.near(), QpRequest.rc().cqs(send, recv)), fx.end(fx.far(), QpRequest.rc()))
                .connected();
        pair.near().postRecv(0, 8);
        pair.far().postRecv(0, 8);
        pair.near().post(Send.send(1, pair.near().region().part(0, 8)));
        pair.far().post(Send.send(2, pair.far().region().part(0, 8)));
        assertThat(pair.near().awaitSends(1).get(0).opcode()).isEqualTo(WcOpcode.SEND);
        assertThat(pair.near().awaitRecvs(1).get(0).opcode()).isEqualTo(WcOpcode.RECV);
        pair.near().assertNothingCompleted();
    }

    /** A near end whose queue for receives, that nobody has polled, has met far more arrivals than it holds. */
    private static End overrunByArrivals(VerbsFixture fx) {
        assumeThat(fx.traits().overrunFailsQueue())
                .as("overrun fails the queue")
                .isTrue();
        int sendCq = fx.near().createCq(4);
        int recvCq = fx.near().createCq(4);
        Pair pair = new Pair(
                        fx.end(fx.near(), QpRequest.rc().cqs(sendCq, recvCq).depths(4, 512)),
                        fx.end(fx.far(), QpRequest.rc()))
                .connected();
        for (int i = 0; i < 512; i++) {
            pair.near().post(Recv.into(i));
        }
        int arrived = fx.far().repeat(pair.far().qp().handle(), Send.send(1), 512, End.WAIT_MS);
        assertThat(arrived).isGreaterThanOrEqualTo(4);
        return pair.near();
    }

    /** The event comes without a call of the owner. */
    @Test
    default void shouldFailWhenArrivalsOverrunIt(VerbsFixture fx) throws InterruptedException {
        End near = overrunByArrivals(fx);
        AsyncEvent event = Objects.requireNonNull(fx.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.CQ_ERR);
        CompletionQueue queue = fx.near().cq(near.qp().recvCq());
        assertThat(event.element()).isSameAs(queue);
        assertThat(queue.poll(queue.newCompletions(4))).isNegative();
    }

    /** A near end whose completion queue has met one completion more than it holds. */
    private static End overrun(VerbsFixture fx) {
        assumeThat(fx.traits().overrunFailsQueue())
                .as("overrun fails the queue")
                .isTrue();
        int cq = fx.near().createCq(4);
        int room = fx.near().cq(cq).cqe();
        Pair pair = new Pair(
                        fx.end(fx.near(), QpRequest.rc().cqs(cq, cq).depths(room + 8, 4)),
                        fx.end(fx.far(), QpRequest.rc()))
                .connected();
        for (int i = 0; i <= room; i++) {
            pair.near().post(Send.of(WrOpcode.RDMA_WRITE, i));
        }
        return pair.near();
    }

    /** An event that nobody has taken goes with its object, so that no event names one that is closed. */
    @Test
    default void shouldForgetTheEventsOfAClosedQueue(VerbsFixture fx) throws InterruptedException {
        End near = overrunByArrivals(fx);
        int cq = near.qp().recvCq();
        CompletionQueue queue = fx.near().cq(cq);
        assertThat(Deadline.await(End.WAIT_MS, () -> queue.poll(queue.newCompletions(4)) < 0))
                .as("it has overrun")
                .isTrue();
        fx.near().close(near.qp().handle());
        fx.near().close(cq);
        assertThat(fx.device().nextAsyncEvent(0)).isNull();
    }

    @Test
    default void shouldFailWhenItOverruns(VerbsFixture fx) throws InterruptedException {
        End near = overrun(fx);
        int cq = near.qp().sendCq();
        AsyncEvent event = Objects.requireNonNull(fx.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.CQ_ERR);
        assertThat(event.element()).isSameAs(fx.near().cq(cq));
        CompletionQueue queue = fx.near().cq(cq);
        assertThat(queue.poll(queue.newCompletions(4))).isNegative();
    }
}
