package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.QpState;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who takes away what a poll delivers to waits for the poll. The poll is stopped in the midst of a delivery by the lock of the
 * shared queue, which it needs to give the receive back.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeliveryTest {
    private final LocalSide side = new LocalSide(new SoftEthernet());
    private final int srqHandle = side.createSrq(16, 1);
    private final SoftSrq srq = (SoftSrq) side.srq(srqHandle);
    private final End near = End.open(side, QpRequest.rc().srq(srqHandle), 0);
    private final End far = End.open(side, QpRequest.rc(), 0);
    private final CompletionQueue cq = side.cq(near.qp().recvCq());
    private final MemoryRegion region = side.pd().allocate(64, EnumSet.of(AccessFlag.LOCAL_WRITE));

    @BeforeEach
    void sendOne() {
        far.connect(far.towards(near));
        near.connect(near.towards(far));
        RecvWorkRequest receive = srq.newRecvRequest(1);
        receive.wrId(1).sgeCount(1).sge(0, region.address(), 64, region.lkey());
        assertThat(srq.post(receive)).isZero();
        far.post(Send.send(1, far.region().part(0, 8)));
    }

    @AfterEach
    void close() {
        region.close();
        side.close();
    }

    /** Does so while a poll delivers: it is not done before the poll is. */
    private void assertWaitsForDelivery(Runnable takingAway) throws Exception {
        WorkCompletions batch = cq.newCompletions(4);
        CompletableFuture<Integer> polled = new CompletableFuture<>();
        Thread poller = new Thread(() -> polled.complete(cq.poll(batch)));
        CompletableFuture<Void> taken;
        synchronized (srq) {
            poller.start();
            while (poller.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            taken = new CompletableFuture<>();
            Thread taker = new Thread(() -> run(takingAway, taken));
            taker.start();
            while (!taken.isDone() && !waits(taker)) {
                Thread.onSpinWait();
            }
            assertThat(taken).isNotDone();
        }
        taken.get(End.WAIT_MS, TimeUnit.MILLISECONDS);
        assertThat(polled.get(End.WAIT_MS, TimeUnit.MILLISECONDS)).isEqualTo(1);
    }

    private static void run(Runnable takingAway, CompletableFuture<Void> taken) {
        try {
            takingAway.run();
            taken.complete(null);
        } catch (RuntimeException | Error e) {
            taken.completeExceptionally(e);
        }
    }

    private static boolean waits(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(Delivery.class.getName())
                        && frame.getMethodName().equals("await"));
    }

    @Test
    void shouldBeWaitedForByWhoDeregisters() throws Exception {
        assertWaitsForDelivery(region::close);
    }

    @Test
    void shouldBeWaitedForByReset() throws Exception {
        assertWaitsForDelivery(() -> near.to(QpState.RESET));
    }

    @Test
    void shouldBeWaitedForByWhoClosesTheQueuePair() throws Exception {
        assertWaitsForDelivery(() -> side.qp(near.qp().handle()).close());
    }
}
