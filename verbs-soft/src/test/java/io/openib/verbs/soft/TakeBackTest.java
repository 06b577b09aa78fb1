package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a killed process held of a shared receive queue that is served by two completion queues. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TakeBackTest {
    private static final int RECEIVES = 8;
    private static final int BYTES = 8;
    private static final int UNREAD = 3;

    private final LocalSide side = new LocalSide(new SoftEthernet());
    private final int polled = side.createCq(64);
    private final int unpolled = side.createCq(64);
    private final int srq = side.createSrq(RECEIVES, 1);
    private final Region slots = side.allocate(RECEIVES * BYTES, Wiring.ALL_ACCESS);

    /** The completion lies unread in one queue while the other queue's poller takes back what the dead one claimed. */
    @Test
    void shouldLeaveAReceiveAloneWhoseCompletionWaitsInAnotherQueue() {
        try (side) {
            postAll();
            QpRef doomed = killWithUnreadCompletions(FaultPoint.CLAIMED);
            side.toState(doomed.handle(), QpState.ERR);
            assertThat(side.poll(polled, RECEIVES)).isEmpty();
            assertEachReceiveIsUsedOnce();
        }
    }

    /** The same when the queue pairs are closed instead. */
    @Test
    void shouldLeaveItAloneWhenTheQueuePairIsClosed() {
        try (side) {
            postAll();
            QpRef doomed = killWithUnreadCompletions(FaultPoint.FILLED);
            side.close(doomed.handle());
            assertThat(side.poll(polled, RECEIVES)).isEmpty();
            assertEachReceiveIsUsedOnce();
        }
    }

    /** A completion queue that goes with completions that nobody wants gives their receives back first. */
    @Test
    void shouldPostReceivesAgainWhoseCompletionsGoWithTheirQueue() {
        try (side) {
            postAll();
            End near = End.open(side, QpRequest.rc(), 0);
            QpRef kept = serve(unpolled, near);
            sendAll(near, UNREAD);
            side.close(kept.handle());
            side.close(unpolled);
            assertThat(sendUntilNotReady()).hasSize(RECEIVES);
        }
    }

    /** Completions that a RESET takes out of their queue give their receives back. */
    @Test
    void shouldPostReceivesAgainWhoseCompletionsAResetForgets() {
        try (side) {
            postAll();
            End near = End.open(side, QpRequest.rc(), 0);
            QpRef kept = serve(unpolled, near);
            sendAll(near, UNREAD);
            side.toState(kept.handle(), QpState.RESET);
            assertThat(side.poll(unpolled, RECEIVES)).isEmpty();
            assertThat(sendUntilNotReady()).hasSize(RECEIVES).doesNotHaveDuplicates();
        }
    }

    /** It stands with a receive when the queue pair and its completion queue go, and dies there; what it had sent lies unread. */
    @Test
    void shouldPostReceivesAgainThatAStandingPeerHeldWhenItsQueuesWent() throws Exception {
        DyingProducer dying = new DyingProducer(FaultPoint.CLAIMED.parameterName() + ":" + (UNREAD + 1));
        try (side;
                PeerProcess process = PeerProcess.start(dying, ProcessBuilder.Redirect.PIPE)) {
            postAll();
            End far = End.open(process.side(), QpRequest.rc(), 0);
            QpRef served = serve(unpolled, far);
            SoftQp qp = (SoftQp) side.qp(served.handle());
            sendAll(far, UNREAD);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> sendAll(far, 1));
            FlushWakeTest.awaitItsPoint(process);
            side.close(served.handle());
            side.close(unpolled);
            assertThat(qp.recvCq.isGone()).as("while it stands").isFalse();
            process.kill();
            assertThat(sending).failsWithin(End.WAIT_MS, TimeUnit.MILLISECONDS);
            long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
            while (!qp.recvCq.isGone() || qp.adapter.peers().count() > 0) {
                assertThat(System.nanoTime() - endNs).as("in time").isNegative();
                Thread.onSpinWait();
            }
            assertThat(sendUntilNotReady()).hasSize(RECEIVES).doesNotHaveDuplicates();
        }
    }

    private void postAll() {
        for (int slot = 0; slot < RECEIVES; slot++) {
            assertThat(side.postSrqRecv(srq, Recv.into(slot, slots.part((long) slot * BYTES, BYTES))))
                    .isZero();
        }
    }

    /** A process sends to the one queue, and dies while it sends to the other, which is given back. */
    private QpRef killWithUnreadCompletions(FaultPoint point) {
        DyingProducer dying = new DyingProducer(point.parameterName() + ":" + (UNREAD + 1));
        try (PeerProcess process = PeerProcess.start(dying, ProcessBuilder.Redirect.PIPE);
                Executioner executioner = new Executioner(process, point.parameterName())) {
            End toUnpolled = End.open(process.side(), QpRequest.rc(), 0);
            End toPolled = End.open(process.side(), QpRequest.rc(), 0);
            serve(unpolled, toUnpolled);
            QpRef doomed = serve(polled, toPolled);
            sendAll(toUnpolled, UNREAD);
            Throwable death = catchThrowable(() -> sendAll(toPolled, 1));
            executioner.assertDone(death);
            return doomed;
        }
    }

    private QpRef serve(int cq, End producer) {
        QpRef served = side.createQp(QpRequest.rc().cqs(cq, cq).srq(srq));
        Wiring wiring = Wiring.to(producer.side().address(), producer.number(), 0, 0);
        side.toInit(served.handle(), wiring);
        side.toRtr(served.handle(), wiring);
        side.toRts(served.handle(), wiring);
        producer.connect(Wiring.to(side.address(), served.number(), 0, 0).rnrRetry(0));
        return served;
    }

    private static void sendAll(End near, int count) {
        for (int message = 0; message < count; message++) {
            near.write(0, ByteBuffer.allocate(BYTES).putLong(100 + message).array());
            near.post(Send.send(message, near.region().part(0, BYTES)));
            near.awaitSend(WcStatus.SUCCESS);
        }
    }

    private void assertEachReceiveIsUsedOnce() {
        List<Long> used = sendUntilNotReady();
        assertThat(used).hasSize(RECEIVES - UNREAD).doesNotHaveDuplicates();
        List<Wc> unread = side.poll(unpolled, RECEIVES);
        assertThat(unread).extracting(Wc::status).containsExactly(WcStatus.SUCCESS, WcStatus.SUCCESS, WcStatus.SUCCESS);
        assertThat(unread).extracting(Wc::wrId).doesNotContainAnyElementsOf(used);
        for (int message = 0; message < UNREAD; message++) {
            int at = (int) unread.get(message).wrId() * BYTES;
            assertThat(ByteBuffer.wrap(side.read(slots.handle(), at, BYTES)).getLong())
                    .isEqualTo(100 + message);
        }
    }

    /** The receives that are left, in the order in which a sender of this process uses them up. */
    private List<Long> sendUntilNotReady() {
        End near = End.open(side, QpRequest.rc(), 0);
        serve(polled, near);
        List<Long> used = new ArrayList<>();
        while (true) {
            near.write(0, ByteBuffer.allocate(BYTES).putLong(-1).array());
            near.post(Send.send(used.size(), near.region().part(0, BYTES)));
            WcStatus status = near.awaitSends(1).get(0).status();
            if (status != WcStatus.SUCCESS) {
                assertThat(status).isEqualTo(WcStatus.RNR_RETRY_EXC_ERR);
                return used;
            }
            List<Wc> taken = side.await(polled, 1, End.WAIT_MS);
            assertThat(taken).extracting(Wc::status).containsExactly(WcStatus.SUCCESS);
            used.add(taken.get(0).wrId());
        }
    }
}
