package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each injected fault of datagrams: what it looks like at both ends, and that it happened. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DatagramFaultTest {
    private static final int MESSAGES = 60;
    private static final int BYTES = 8;

    /** Two datagram queue pairs of one device, with receives for everything that may come. */
    private record Datagrams(End near, End far, int handle) {
        static Datagrams open(FaultyDevice faulty) {
            End near = End.open(faulty.side(), QpRequest.ud(), 0);
            End far = End.open(faulty.side(), QpRequest.ud().depths(64, 2 * MESSAGES), 0);
            far.connect(Wiring.none());
            near.connect(Wiring.none());
            for (int i = 0; i < 2 * MESSAGES; i++) {
                far.postRecv(64 * i, 64);
            }
            return new Datagrams(
                    near, far, faulty.side().createAddressHandle(faulty.side().address()));
        }

        Send send(int message) {
            return Send.send(message, near.region().part(0, BYTES)).destination(handle, far.number(), Wiring.QKEY);
        }
    }

    @Test
    void shouldLoseDatagramsWithoutTellingTheSender() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_lose", "0.4")) {
            assertThat(datagramsReceived(faulty)).isEqualTo(MESSAGES - faulty.risen(SoftCounter.FAULT_LOST));
            assertThat(faulty.risen(SoftCounter.FAULT_LOST)).isPositive();
        }
    }

    @Test
    void shouldDeliverDatagramsTwice() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_duplicate", "0.4")) {
            assertThat(datagramsReceived(faulty)).isEqualTo(MESSAGES + faulty.risen(SoftCounter.FAULT_DUPLICATED));
            assertThat(faulty.risen(SoftCounter.FAULT_DUPLICATED)).isPositive();
        }
    }

    @Test
    void shouldDelayDatagramsButLoseNone() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_delay", "0.4")) {
            assertThat(datagramsReceived(faulty)).isEqualTo(MESSAGES);
            assertThat(faulty.risen(SoftCounter.FAULT_DELAYED)).isPositive();
            assertThat(faulty.risen(SoftCounter.DEFERRED)).isPositive();
        }
    }

    private static long datagramsReceived(FaultyDevice faulty) {
        Datagrams ud = Datagrams.open(faulty);
        for (int message = 0; message < MESSAGES; message++) {
            ud.near().post(ud.send(message));
        }
        assertThat(ud.near().awaitSends(MESSAGES)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        return everything(faulty, ud.far().qp().recvCq());
    }

    private static long everything(FaultyDevice faulty, int cq) {
        // The first poll may learn no more than that there is a new sender.
        long count = faulty.side().poll(cq, 1).size();
        int some;
        do {
            some = faulty.side().poll(cq, 2 * MESSAGES).size();
            count += some;
        } while (some > 0);
        return count;
    }

    @Test
    void shouldDropDatagramsThatFindTheReceiverNotReady() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_rnr", "0.4")) {
            assertThat(datagramsReceived(faulty)).isEqualTo(MESSAGES - faulty.risen(SoftCounter.FAULT_RNR));
            assertThat(faulty.risen(SoftCounter.FAULT_RNR)).isPositive();
            assertThat(faulty.risen(SoftCounter.DROPPED_DATAGRAMS)).isEqualTo(faulty.risen(SoftCounter.FAULT_RNR));
        }
    }

    @Test
    void shouldBreakAQueuePair() throws InterruptedException {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_break_qp", "1")) {
            Datagrams ud = Datagrams.open(faulty);
            ud.near().postRecv(0, 64);
            ud.near().post(ud.send(0));
            ud.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.QP_FATAL);
            assertThat(ud.near().state()).isEqualTo(QpState.ERR);
            ud.near().awaitRecv(WcStatus.WR_FLUSH_ERR);
            ud.near().post(ud.send(1));
            ud.near().awaitSend(WcStatus.WR_FLUSH_ERR);
            ud.far().assertNothingCompleted();
            assertThat(ud.far().state()).isEqualTo(QpState.RTS);
            assertThat(faulty.risen(SoftCounter.FAULT_BROKEN_QP)).isEqualTo(1);
        }
    }

    @Test
    void shouldFailTheDeviceForGood() throws InterruptedException {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_fatal_after", "2")) {
            Datagrams ud = Datagrams.open(faulty);
            ud.near().post(ud.send(0));
            ud.near().awaitSend(WcStatus.SUCCESS);
            ud.near().post(ud.send(1));
            ud.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.DEVICE_FATAL);
            assertThat(ud.near().state()).isEqualTo(QpState.ERR);
            ud.far().awaitState(QpState.ERR);
            assertThat(faulty.risen(SoftCounter.FAULT_FATAL)).isEqualTo(1);
        }
    }

    @Test
    void shouldDropDatagramsWhileThePortIsDown() throws InterruptedException {
        try (FaultyDevice faulty =
                new FaultyDevice("soft_fault_port_down_after", "11", "soft_fault_port_up_after", "31")) {
            assertThat(datagramsReceived(faulty)).isEqualTo(MESSAGES - 20);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.PORT_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.PORT_ACTIVE);
            assertThat(faulty.risen(SoftCounter.FAULT_PORT)).isEqualTo(2);
            assertThat(faulty.risen(SoftCounter.DROPPED_DATAGRAMS)).isEqualTo(20);
        }
    }
}
