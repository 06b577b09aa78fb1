package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Send;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A completion queue that has met more than it holds cannot be used, as ibv_poll_cq(3) says: every poll tells so, and one event does. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OverrunTest {
    private static final int DEPTH = 512;
    private static final int ROUNDS = 5000;
    /** Fewer rounds do on a machine that is too busy for both threads. */
    private static final long MOST_NS = TimeUnit.SECONDS.toNanos(10);

    private final LocalSide side = new LocalSide(new SoftEthernet());

    @AfterEach
    void close() {
        side.close();
    }

    private void assertOneEventOf(CompletionQueue queue) throws InterruptedException {
        var event = Objects.requireNonNull(side.device().nextAsyncEvent(End.WAIT_MS), "no event");
        assertThat(event.type()).isEqualTo(AsyncEventType.CQ_ERR);
        assertThat(event.element()).isSameAs(queue);
        assertThat(side.device().nextAsyncEvent(0)).as("a second event").isNull();
    }

    /** By what its own process causes and by what arrives, over and over, while it is polled. */
    @Test
    void shouldTellOfItOnceAndRefuseEveryPoll() throws InterruptedException {
        int cq = side.createCq(4);
        End near = End.open(side, QpRequest.rc().cqs(cq, cq).depths(DEPTH, DEPTH), 0);
        End far = End.open(side, QpRequest.rc(), 0);
        near.connect(near.towards(far));
        far.connect(far.towards(near));
        for (int i = 0; i < DEPTH; i++) {
            near.post(Recv.into(i));
        }
        side.repeat(far.qp().handle(), Send.send(1), DEPTH, End.WAIT_MS);
        for (int i = 0; i < DEPTH; i++) {
            near.post(Send.of(WrOpcode.RDMA_WRITE, i));
        }
        CompletionQueue queue = side.cq(cq);
        for (int i = 0; i < DEPTH; i++) {
            assertThat(queue.poll(queue.newCompletions(4))).isEqualTo(-Errno.EIO);
        }
        assertOneEventOf(queue);
    }

    /** The device thread is told by a doorbell of what a poll finds in the ring, at the same time. */
    @Test
    void shouldTellOfItOnceThoughTwoThreadsMeetIt() throws Exception {
        long endNs = System.nanoTime() + MOST_NS;
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < ROUNDS && System.nanoTime() < endNs; round++) {
                try (SoftCq queue = (SoftCq) side.device().createCompletionQueue(1, null)) {
                    AtomicInteger here = new AtomicInteger();
                    Future<?> failed = other.submit(() -> failAtOnce(queue, here));
                    failAtOnce(queue, here);
                    failed.get(End.WAIT_MS, TimeUnit.MILLISECONDS);
                    assertOneEventOf(queue);
                }
            }
        } finally {
            other.shutdownNow();
        }
    }

    private static void failAtOnce(SoftCq queue, AtomicInteger here) {
        here.incrementAndGet();
        while (here.get() < 2) {
            Thread.yield();
        }
        queue.fail();
    }
}
