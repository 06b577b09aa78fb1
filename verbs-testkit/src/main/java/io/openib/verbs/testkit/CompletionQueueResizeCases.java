package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Completion queues that are resized. A device that cannot do it says EOPNOTSUPP, and is asked no more. */
interface CompletionQueueResizeCases extends VerbsContract {
    int FEW = 8;
    /** More than a queue of so few takes on any device. */
    int MANY = 512;

    /** A queue on the near side of a device that can resize it. */
    private static int createCq(VerbsFixture fx, int cqe) {
        try (CompletionQueue trial = fx.device().createCompletionQueue(1, null)) {
            trial.resize(2);
        } catch (VerbsException e) {
            assertThat(Errno.name(e.errno())).as(e.getMessage()).isEqualTo("EOPNOTSUPP");
            assumeThat(e).as("queues can be resized").isNull();
        }
        return fx.near().createCq(cqe);
    }

    private static Pair connected(VerbsFixture fx, int cq, int sends, int recvs) {
        QpRequest request = QpRequest.rc().cqs(cq, cq).depths(sends, recvs);
        return new Pair(fx.end(fx.near(), request), fx.end(fx.far(), QpRequest.rc())).connected();
    }

    private static void write(Pair pair, int from, int to) {
        for (int i = from; i < to; i++) {
            pair.near().post(Send.of(WrOpcode.RDMA_WRITE, i));
        }
    }

    private static void assertAllInOrder(VerbsFixture fx, List<Wc> completions) throws InterruptedException {
        for (int i = 0; i < completions.size(); i++) {
            assertThat(completions.get(i).wrId()).isEqualTo(i);
            assertThat(completions.get(i).status()).isEqualTo(WcStatus.SUCCESS);
        }
        assertThat(fx.device().nextAsyncEvent(0)).as("CQ_ERR").isNull();
    }

    /** pyverbs {@code test_resize_cq}. */
    @Test
    default void shouldTakeMoreSendsThanBeforeAndKeepThoseThatWait(VerbsFixture fx) throws InterruptedException {
        int cq = createCq(fx, FEW);
        CompletionQueue queue = fx.near().cq(cq);
        Pair pair = connected(fx, cq, MANY, 4);
        write(pair, 0, FEW);
        queue.resize(MANY);
        assertThat(queue.cqe()).isGreaterThanOrEqualTo(MANY);
        write(pair, FEW, MANY);
        assertAllInOrder(fx, pair.near().awaitSends(MANY));
        pair.near().assertNothingCompleted();
    }

    @Test
    default void shouldTakeMoreArrivalsThanBeforeAndKeepThoseThatWait(VerbsFixture fx) throws InterruptedException {
        int cq = createCq(fx, FEW);
        Pair pair = connected(fx, cq, 4, MANY);
        for (int i = 0; i < MANY; i++) {
            pair.near().post(Recv.into(i));
        }
        int sender = pair.far().qp().handle();
        assertThat(fx.far().repeat(sender, Send.send(1), FEW, End.WAIT_MS)).isEqualTo(FEW);
        fx.near().cq(cq).resize(MANY);
        assertThat(fx.far().repeat(sender, Send.send(1), MANY - FEW, End.WAIT_MS))
                .isEqualTo(MANY - FEW);
        assertAllInOrder(fx, pair.near().awaitRecvs(MANY));
        pair.near().assertNothingCompleted();
    }

    @Test
    default void shouldGrowWhileAnotherThreadPolls(VerbsFixture fx) throws Exception {
        int step = MANY / 2;
        int total = 8 * step;
        int cq = createCq(fx, FEW);
        Pair pair = connected(fx, cq, MANY, 4);
        AtomicInteger polled = new AtomicInteger();
        CompletableFuture<List<Wc>> all =
                CompletableFuture.supplyAsync(() -> pollAll(fx.near(), cq, total, polled), ConcurrencyCases::start);
        for (int i = 0; i < total; i++) {
            int posted = i;
            assertThat(Deadline.await(End.WAIT_MS, () -> posted - polled.get() < FEW))
                    .as("write %d of those before it has completed", i)
                    .isTrue();
            write(pair, i, i + 1);
            if (i % step == 0) {
                fx.near().cq(cq).resize(FEW << (1 + i / step));
            }
        }
        List<Wc> completions = all.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
        assertThat(completions).hasSize(total);
        assertAllInOrder(fx, completions);
    }

    private static List<Wc> pollAll(Side side, int cq, int count, AtomicInteger polled) {
        Deadline deadline = Deadline.after(End.WAIT_MS);
        List<Wc> completions = new ArrayList<>();
        while (completions.size() < count && !deadline.isOver()) {
            completions.addAll(side.poll(cq, FEW));
            polled.set(completions.size());
        }
        return completions;
    }

    /** Less than waits in it is refused, or the device keeps more. */
    @Test
    default void shouldLoseNothingWhenAskedForLess(VerbsFixture fx) throws InterruptedException {
        int cq = createCq(fx, MANY);
        CompletionQueue queue = fx.near().cq(cq);
        Pair pair = connected(fx, cq, 4, MANY);
        for (int i = 0; i < FEW; i++) {
            pair.near().post(Recv.into(i));
        }
        assertThat(fx.far().repeat(pair.far().qp().handle(), Send.send(1), FEW, End.WAIT_MS))
                .isEqualTo(FEW);
        VerbsException refusal = catchThrowableOfType(VerbsException.class, () -> queue.resize(2));
        assertThat(refusal == null ? Errno.EINVAL : refusal.errno()).isEqualTo(Errno.EINVAL);
        assertThat(queue.cqe()).isGreaterThanOrEqualTo(FEW);
        assertAllInOrder(fx, pair.near().awaitRecvs(FEW));
        pair.near().assertNothingCompleted();
    }

    @Test
    default void shouldRefuseToBecomeWhatCannotBe(VerbsFixture fx) {
        int cq = createCq(fx, FEW);
        CompletionQueue queue = fx.near().cq(cq);
        int cqe = queue.cqe();
        long most = fx.device().attributes().limit(DeviceLimit.MAX_CQE);
        Refusals.assertRefused(Errno.EINVAL, () -> queue.resize(0));
        Refusals.assertRefused(Errno.EINVAL, () -> queue.resize(-1));
        if (most < Integer.MAX_VALUE) {
            Refusals.assertRefused(Errno.EINVAL, () -> queue.resize((int) most + 1));
        }
        assertThat(queue.cqe()).isEqualTo(cqe);
        fx.near().close(cq);
        Refusals.assertRefused(Errno.EINVAL, () -> queue.resize(MANY));
    }
}
