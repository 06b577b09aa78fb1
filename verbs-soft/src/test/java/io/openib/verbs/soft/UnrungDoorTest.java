package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A sender is killed when its message has arrived and it has neither rung the doorbell nor told of a failure. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnrungDoorTest {
    private static final int SHORT = 8;
    private static final int LONG = 2000;
    private static final int RECEIVES = 4;
    private static final int RECEIVE_BYTES = 4096;

    private final LocalSide side = new LocalSide(new SoftEthernet());
    private final CompletionChannel channel = side.device().createCompletionChannel();
    private final CompletionQueue queue = side.device().createCompletionQueue(16, channel);
    private final int cq;

    UnrungDoorTest() {
        side.keep(channel);
        cq = side.keep(queue);
    }

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void shouldWakeWhoWaitsForALongMessage() throws InterruptedException {
        End near = receiveFromTheKilled(FaultPoint.PUBLISHED, LONG, RECEIVE_BYTES);
        assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
        near.awaitRecv(WcStatus.SUCCESS);
    }

    @Test
    void shouldWakeWhoWaitsForAShortMessage() throws InterruptedException {
        End near = receiveFromTheKilled(FaultPoint.SHORT_PUBLISHED, SHORT, RECEIVE_BYTES);
        assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
        near.awaitRecv(WcStatus.SUCCESS);
    }

    /** The receiver has not met its sender before. */
    @Test
    void shouldWakeWhoWaitsForADatagram() throws InterruptedException {
        End near = End.open(side, QpRequest.ud().cqs(cq, cq), 0).connect(Wiring.none());
        near.postRecv(0, RECEIVE_BYTES);
        arm(near);
        DyingProducer dying = new DyingProducer(FaultPoint.DATAGRAM_PUBLISHED.parameterName());
        try (PeerProcess process = PeerProcess.start(dying, ProcessBuilder.Redirect.PIPE);
                Executioner executioner = new Executioner(process, FaultPoint.DATAGRAM_PUBLISHED.parameterName())) {
            End far = End.open(process.side(), QpRequest.ud(), 0).connect(Wiring.none());
            int handle = process.side().createAddressHandle(side.address());
            Send send = Send.send(1, far.region().part(0, SHORT)).destination(handle, near.number(), Wiring.QKEY);
            executioner.assertDone(catchThrowable(() -> far.post(send)));
        }
        assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
        near.awaitRecv(WcStatus.SUCCESS);
    }

    @Test
    void shouldBreakAQueuePairWhoseReceiveWasTooShort() throws InterruptedException {
        End near = receiveFromTheKilled(FaultPoint.PUBLISHED, LONG, SHORT);
        assertThat(channel.await(End.WAIT_MS)).isSameAs(queue);
        near.awaitRecv(WcStatus.LOC_LEN_ERR);
        near.awaitState(QpState.ERR);
        assertThat(near.awaitRecvs(RECEIVES - 1)).extracting(Wc::status).containsOnly(WcStatus.WR_FLUSH_ERR);
    }

    private End receiveFromTheKilled(FaultPoint point, int length, int room) {
        End near = End.open(side, QpRequest.rc().cqs(cq, cq), 0);
        DyingProducer dying = new DyingProducer(point.parameterName());
        try (PeerProcess process = PeerProcess.start(dying, ProcessBuilder.Redirect.PIPE);
                Executioner executioner = new Executioner(process, point.parameterName())) {
            End far = End.open(process.side(), QpRequest.rc(), 0);
            near.connect(near.towards(far));
            for (int i = 0; i < RECEIVES; i++) {
                near.postRecv(i * RECEIVE_BYTES, room);
            }
            far.connect(far.towards(near));
            // A first message never goes the short way.
            far.post(Send.write(0, far.region().part(0, SHORT), near.region(), 0));
            far.awaitSend(WcStatus.SUCCESS);
            arm(near);
            executioner.assertDone(
                    catchThrowable(() -> far.post(Send.send(1, far.region().part(0, length)))));
        }
        return near;
    }

    private void arm(End near) {
        queue.requestNotify(false);
        near.assertNothingCompleted();
    }
}
