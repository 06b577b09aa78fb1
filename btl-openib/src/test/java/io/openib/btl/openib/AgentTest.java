package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.btl.Btl;
import io.openib.btl.BtlAgent;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.Idle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentTest {
    private static final int LIMIT_S = 20;

    /** Longer than the test may take. */
    private static void sleep(int work) {
        if (work == 0) {
            LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(5));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT_S, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(LIMIT_S, TimeUnit.SECONDS);
    }

    /** Once there is room for it. */
    private static void haveDone(BtlAgent agent, Runnable task) {
        int status = agent.execute(task);
        while (status == BtlStatus.BACK_PRESSURE) {
            Thread.onSpinWait();
            status = agent.execute(task);
        }
        assertThat(status).isEqualTo(BtlStatus.OK);
    }

    @Test
    void shouldDoOnItsThreadWhatOnlyTheOwnerMayThoughItSleeps() throws Exception {
        try (Ranks ranks = new Ranks(1);
                BtlAgent agent = BtlAgent.start(ranks.rank(0), AgentTest::sleep)) {
            Btl btl = ranks.rank(0);
            Semaphore heard = new Semaphore(0);
            CompletableFuture<String> where = new CompletableFuture<>();
            assertThat(agent.execute(() -> {
                        btl.registerReceive(1, (peer, tag, data, offset, length) -> heard.release());
                        btl.connect(0);
                        where.complete(Thread.currentThread().getName());
                    }))
                    .isEqualTo(BtlStatus.OK);
            assertThat(get(where)).isEqualTo("openib-btl-agent");
            while (!btl.isConnected(0)) {
                haveDone(agent, () -> {});
            }
            for (int i = 0; i < 1_000; i++) {
                CompletableFuture<Integer> code = new CompletableFuture<>();
                haveDone(agent, () -> code.complete(btl.sendImmediate(0, 1, ByteBuffer.allocate(8), 0, 8)));
                assertThat(get(code)).isEqualTo(BtlStatus.OK);
                haveDone(agent, () -> {});
                assertThat(heard.tryAcquire(LIMIT_S, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void shouldRefuseHandlersFromAnotherThreadOnceThereIsAnOwner() {
        try (Ranks ranks = new Ranks(1);
                BtlAgent agent = BtlAgent.start(ranks.rank(0), Idle.backOff())) {
            assertThat(agent).isNotNull();
            Btl btl = ranks.rank(0);
            assertThatThrownBy(() -> btl.registerReceive(1, (peer, tag, data, offset, length) -> {}))
                    .isInstanceOf(BtlException.class)
                    .hasMessageContaining("openib-btl-agent")
                    .hasMessageContaining("BtlAgent.execute");
            assertThatThrownBy(() -> btl.onError(error -> {})).isInstanceOf(BtlException.class);
            assertThatThrownBy(() -> btl.onWireup(event -> {})).isInstanceOf(BtlException.class);
            assertThatThrownBy(() -> btl.onRoom(peer -> {})).isInstanceOf(BtlException.class);
        }
    }

    /** The first would lose the transport to the second, and nobody would be told. */
    @Test
    void shouldBeTheOnlyOneOfItsTransport() {
        try (Ranks ranks = new Ranks(1)) {
            Btl btl = ranks.rank(0);
            try (BtlAgent agent = BtlAgent.start(btl, Idle.backOff())) {
                assertThat(agent).isNotNull();
                assertThatThrownBy(() -> BtlAgent.start(btl, Idle.backOff()))
                        .isInstanceOf(BtlException.class)
                        .hasMessageContaining("has an agent already");
            }
            BtlAgent.start(btl, Idle.backOff()).close();
        }
    }

    @Test
    void shouldBoundItsTasksAndDoEachOnceInOrderThoughItIsClosedBefore() throws Exception {
        try (Ranks ranks = new Ranks(1)) {
            CountDownLatch isHeld = new CountDownLatch(1);
            CountDownLatch gate = new CountDownLatch(1);
            List<Integer> done = new ArrayList<>();
            BtlAgent agent = BtlAgent.start(ranks.rank(0), work -> {
                isHeld.countDown();
                await(gate);
            });
            await(isHeld);
            int accepted = 0;
            while (accepted < 5_000) {
                int number = accepted;
                if (agent.execute(() -> done.add(number)) != BtlStatus.OK) {
                    break;
                }
                accepted++;
            }
            assertThat(accepted).isEqualTo(1_024);
            assertThat(agent.execute(() -> {})).isEqualTo(BtlStatus.BACK_PRESSURE);
            Thread closer = new Thread(() -> {
                agent.close();
                ranks.rank(0).close();
            });
            closer.start();
            gate.countDown();
            closer.join();
            assertThat(done).isEqualTo(IntStream.range(0, accepted).boxed().toList());
            assertThat(agent.execute(() -> {})).isEqualTo(BtlStatus.CLOSED);
        }
    }

    @Test
    void shouldGoOnAfterATaskThatThrowsAndRefuseToBeClosedByOne() throws Exception {
        try (Ranks ranks = new Ranks(1);
                BtlAgent agent = BtlAgent.start(ranks.rank(0), Idle.backOff())) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            agent.execute(
                    () -> Thread.currentThread().setUncaughtExceptionHandler((thread, what) -> thrown.complete(what)));
            agent.execute(() -> {
                throw new IllegalStateException("thrown by the test's task");
            });
            assertThat(get(thrown)).hasMessage("thrown by the test's task");
            CompletableFuture<Throwable> refused = new CompletableFuture<>();
            agent.execute(() -> refused.complete(catchThrowable(agent::close)));
            assertThat(get(refused)).hasMessageContaining("by its own thread");
        }
    }

    /** Nobody would do what other threads ask for; what they had asked for before completes with the next owner. */
    @Test
    void shouldAnswerClosedToOtherThreadsOnceItsThreadHasEndedByAThrow() throws Exception {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            CountDownLatch isHeld = new CountDownLatch(1);
            CountDownLatch gate = new CountDownLatch(1);
            AtomicInteger completed = new AtomicInteger();
            CompletionHandler handler = (cookie, status) -> completed.incrementAndGet();
            Thread[] its = {null};
            BtlAgent agent = BtlAgent.start(btl, work -> {
                its[0] = Thread.currentThread();
                its[0].setUncaughtExceptionHandler((thread, what) -> {});
                isHeld.countDown();
                await(gate);
                throw new IllegalStateException("thrown by the test's Idle");
            });
            await(isHeld);
            ByteBuffer data = ByteBuffer.allocate(8);
            for (int i = 0; i < 10; i++) {
                assertThat(btl.send(1, 1, data, 0, 8, handler, i)).isEqualTo(BtlStatus.OK);
            }
            int[] ran = {0};
            assertThat(agent.execute(() -> ran[0]++)).isEqualTo(BtlStatus.OK);
            gate.countDown();
            its[0].join();
            assertThat(btl.send(1, 1, data, 0, 8, handler, 11)).isEqualTo(BtlStatus.CLOSED);
            assertThat(btl.connect(1)).isEqualTo(BtlStatus.CLOSED);
            assertThat(btl.putBytes(1, data, 0, ranks.rank(1).allocate(8).handle(), 0, 8, handler, 12))
                    .isEqualTo(BtlStatus.CLOSED);
            assertThat(agent.execute(() -> ran[0]++)).isEqualTo(BtlStatus.CLOSED);
            assertThatThrownBy(agent::close).hasMessageContaining("thrown by the test's Idle");
            assertThat(ran[0]).isEqualTo(1);
            ranks.until(() -> completed.get() == 10);
            assertThat(btl.send(1, 1, data, 0, 8, handler, 13)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> completed.get() == 11);
        }
    }

    /** From one owner to the next there is always one that lives. */
    @Test
    void shouldAnswerNobodyClosedWhileItIsHandedOver() throws Exception {
        try (Ranks ranks = new Ranks(1)) {
            Btl btl = ranks.rank(0);
            AtomicInteger refused = new AtomicInteger();
            Thread other = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    refused.addAndGet(btl.connect(0) == BtlStatus.CLOSED ? 1 : 0);
                }
            });
            other.start();
            for (int i = 0; i < 2_000; i++) {
                BtlAgent.start(btl, Idle.backOff()).close();
            }
            other.interrupt();
            other.join();
            assertThat(refused).hasValue(0);
        }
    }
}
