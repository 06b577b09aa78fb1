package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.openib.btl.Btl;
import io.openib.btl.BtlAgent;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.Idle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThreadsTest {
    private static final int THREADS = 4;
    private static final int EACH = 5_000;

    @Test
    void shouldTakeSendsOfManyThreadsWhileAgentsProgress() throws Exception {
        try (Ranks ranks = new Ranks(2)) {
            AtomicIntegerArray next = new AtomicIntegerArray(THREADS);
            AtomicInteger outOfOrder = new AtomicInteger();
            CountDownLatch heard = new CountDownLatch(THREADS * EACH);
            CountDownLatch completed = new CountDownLatch(THREADS * EACH);
            ranks.rank(1).registerReceive(1, (peer, tag, data, offset, length) -> {
                int thread = data.getInt(offset);
                if (data.getInt(offset + 4) != next.getAndIncrement(thread)) {
                    outOfOrder.incrementAndGet();
                }
                heard.countDown();
            });
            CompletionHandler done = (cookie, status) -> {
                if (status == BtlStatus.OK) {
                    completed.countDown();
                }
            };
            try (BtlAgent sender = BtlAgent.start(ranks.rank(0), Idle.backOff());
                    BtlAgent receiver = BtlAgent.start(ranks.rank(1), Idle.backOff())) {
                assertThat(sender).isNotSameAs(receiver);
                assertThat(ranks.rank(0).progress()).isEqualTo(BtlStatus.NOT_OWNER);
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    int number = i;
                    Thread thread = new Thread(() -> sendMany(ranks.rank(0), number, done));
                    threads.add(thread);
                    thread.start();
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
                assertThat(completed.await(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(outOfOrder).hasValue(0);
        }
    }

    private static void sendMany(Btl btl, int thread, CompletionHandler done) {
        ByteBuffer data = ByteBuffer.allocate(8).order(java.nio.ByteOrder.nativeOrder());
        for (int i = 0; i < EACH; i++) {
            data.putInt(0, thread).putInt(4, i);
            while (btl.send(1, 1, data, 0, 8, done, i) == BtlStatus.BACK_PRESSURE) {
                Thread.onSpinWait();
            }
            data.putInt(0, -1);
        }
    }

    /** One for each peer, and then as many as are left. */
    @Test
    void shouldBoundTheCallsOfOtherThreadsAndLeaveRoomForEachPeer() throws Exception {
        try (Ranks ranks = new Ranks(5, "btl_openib_thread_queue", "8")) {
            List<Integer> accepted = new ArrayList<>();
            Thread other = new Thread(() -> {
                for (int peer = 0; peer < 5; peer++) {
                    int count = 0;
                    while (ranks.rank(0).send(peer, 1, ByteBuffer.allocate(8)) == BtlStatus.OK) {
                        count++;
                    }
                    accepted.add(count);
                }
            });
            other.start();
            other.join();
            assertThat(accepted).containsExactly(5, 3, 2, 2, 1);
            int[] heard = {0};
            for (int rank = 0; rank < 5; rank++) {
                ranks.rank(rank).registerReceive(1, (peer, tag, data, offset, length) -> heard[0]++);
            }
            ranks.until(() -> heard[0] == 13);
        }
    }

    @Test
    void shouldRefuseToBeClosedByAnotherThreadWhileItsOwnerLives() {
        try (Ranks ranks = new Ranks(1)) {
            try (BtlAgent agent = BtlAgent.start(ranks.rank(0), Idle.spin())) {
                assertThat(agent).isNotNull();
                // Often, since the owner is now in a round and now between two.
                for (int i = 0; i < 1_000; i++) {
                    assertThatThrownBy(ranks.rank(0)::close)
                            .isInstanceOf(BtlException.class)
                            .hasMessageContaining("openib-btl-agent");
                }
            }
        }
    }

    @Test
    void shouldSayWhatEndedTheAgentAndGiveTheTransportBackAllTheSame() throws Exception {
        try (Ranks ranks = new Ranks(1)) {
            CountDownLatch isThrown = new CountDownLatch(1);
            BtlAgent agent = BtlAgent.start(ranks.rank(0), work -> {
                isThrown.countDown();
                throw new IllegalStateException("thrown by the test's Idle");
            });
            assertThat(isThrown.await(30, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(agent::close)
                    .isInstanceOf(BtlException.class)
                    .hasMessageContaining("thrown by the test's Idle")
                    .hasCauseInstanceOf(IllegalStateException.class);
            agent.close();
            assertThat(ranks.rank(0).progress()).isNotEqualTo(BtlStatus.NOT_OWNER);
        }
    }

    /** The agent would sleep for longer than the test may take. */
    @Test
    void shouldWakeAnOwnerThatSleepsForTheCallOfAnotherThread() throws Exception {
        try (Ranks ranks = new Ranks(1)) {
            Btl btl = ranks.rank(0);
            btl.connect(0);
            ranks.until(() -> btl.isConnected(0));
            Semaphore heard = new Semaphore(0);
            btl.registerReceive(1, (peer, tag, data, offset, length) -> heard.release());
            Idle idle = work -> {
                if (work == 0) {
                    LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(5));
                }
            };
            try (BtlAgent agent = BtlAgent.start(btl, idle)) {
                assertThat(agent).isNotNull();
                for (int i = 0; i < 1_000; i++) {
                    assertThat(btl.send(0, 1, ByteBuffer.allocate(8))).isEqualTo(BtlStatus.OK);
                    assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
                }
            }
        }
    }

    @Test
    void shouldRefuseToBeClosedByACallback() {
        try (Ranks ranks = new Ranks(2)) {
            BtlException[] refused = {null};
            ranks.rank(1)
                    .registerReceive(
                            1,
                            (peer, tag, data, offset, length) ->
                                    refused[0] = catchThrowableOfType(BtlException.class, ranks.rank(1)::close));
            ranks.rank(0).send(1, 1, ByteBuffer.allocate(8));
            ranks.until(() -> refused[0] != null);
            assertThat(refused[0]).hasMessageContaining("callback");
        }
    }
}
