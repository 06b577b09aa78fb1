package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Wc;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults of packets between two processes that share no memory. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FaultOverWireTest {
    private static final int MESSAGES = 60;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "soft_fault_lose, FAULT_LOST",
        "soft_fault_delay, FAULT_DELAYED",
        "soft_fault_duplicate, FAULT_DUPLICATED",
        "soft_fault_reorder, FAULT_REORDERED",
        "soft_fault_rnr, FAULT_RNR"
    })
    void shouldNotShowOnAReliableConnection(String parameter, SoftCounter counter) {
        try (WireRig rig = new WireRig(parameter, "0.3", "soft_fault_delay_us", "5000")) {
            WireRig.Connection rc = rig.connect();
            for (int message = 0; message < MESSAGES; message++) {
                rc.far().postRecv(message * WireRig.BYTES, WireRig.BYTES);
            }
            for (int message = 0; message < MESSAGES; message++) {
                rc.send(message);
            }
            assertThat(rc.near().awaitSends(MESSAGES)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            List<Wc> received = rc.far().awaitRecvs(MESSAGES);
            for (int message = 0; message < MESSAGES; message++) {
                assertThat(received.get(message).wrId()).isEqualTo((long) message * WireRig.BYTES);
                assertThat(rc.received(message)).isEqualTo(message);
            }
            rc.far().assertNothingCompleted();
            assertThat(rig.risen(counter)).isPositive();
        }
    }

    @Test
    void shouldEndTheConnectionWhenEveryPacketIsLost() {
        try (WireRig rig = new WireRig("soft_fault_lose", "1")) {
            WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
            rc.connect(rig.through(rc.near(), rc.far()).retries(16, 2));
            rc.far().postRecv(0, WireRig.BYTES);
            rc.send(0);
            rc.near().awaitSend(WcStatus.RETRY_EXC_ERR);
            rc.near().awaitState(QpState.ERR);
            assertThat(rig.risen(SoftCounter.FAULT_LOST)).isPositive();
            rc.far().assertNothingCompleted();
        }
    }

    @Test
    void shouldEndTheConnectionWhenTheReceiverIsNeverReady() {
        try (WireRig rig = new WireRig("soft_fault_rnr", "1")) {
            WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
            rc.connect(rig.through(rc.near(), rc.far()).rnrRetry(2));
            rc.far().postRecv(0, WireRig.BYTES);
            rc.send(0);
            rc.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
            assertThat(rig.risen(SoftCounter.FAULT_RNR)).isEqualTo(3);
            assertThat(rig.risen(SoftCounter.RNR)).isEqualTo(3);
            rc.far().assertNothingCompleted();
        }
    }

    /** The sender's own timer would be 655 ms. */
    @Test
    void shouldWaitByTheTargetsTimerWhenTheReceiverIsMadeNotReady() {
        try (WireRig rig = new WireRig("soft_fault_rnr", "1")) {
            WireRig.Connection rc = rig.open(QpRequest.rc(), QpRequest.rc());
            rc.far().connect(rc.far().towards(rc.near()).minRnrTimer(20));
            rc.near().connect(rig.through(rc.near(), rc.far()).rnrRetry(6).minRnrTimer(0));
            rc.far().postRecv(0, WireRig.BYTES);
            long beganNs = System.nanoTime();
            rc.send(0);
            rc.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
            long tookNs = System.nanoTime() - beganNs;
            assertThat(tookNs).isGreaterThanOrEqualTo(6 * RnrTimer.delayNs(20));
            assertThat(tookNs).as("far below six waits by the sender's timer").isLessThan(6 * RnrTimer.delayNs(0));
        }
    }

    @Test
    void shouldBreakAQueuePair() throws InterruptedException {
        try (WireRig rig = new WireRig("soft_fault_break_qp", "1")) {
            WireRig.Connection rc = rig.connect();
            rc.far().postRecv(0, WireRig.BYTES);
            rc.send(0);
            rc.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(asyncEvent(rig)).isEqualTo(AsyncEventType.QP_FATAL);
            rc.near().awaitState(QpState.ERR);
            rc.send(1);
            rc.near().awaitSend(WcStatus.WR_FLUSH_ERR);
            rc.far().assertNothingCompleted();
            assertThat(rig.risen(SoftCounter.FAULT_BROKEN_QP)).isEqualTo(1);
        }
    }

    @Test
    void shouldCarryOutEveryOperationOnceWhateverHappens() {
        try (WireRig rig = new WireRig(EveryOperation.FAULTS)) {
            WireRig.Connection rc = rig.connect();
            EveryOperation.assertOnce(rc.near(), rc.far());
            for (SoftCounter counter : EveryOperation.COUNTERS) {
                assertThat(rig.risen(counter)).as("%s", counter).isPositive();
            }
        }
    }

    @Test
    void shouldDropWhatComesTwice() {
        try (WireRig rig = WireRig.withFaultsFar("soft_fault_duplicate", "0.4")) {
            WireRig.Connection rc = rig.connect();
            EveryOperation.assertOnce(rc.far(), rc.near());
            assertThat(rig.risen(SoftCounter.DROPPED_DUPLICATES)).isPositive();
        }
    }

    @Test
    void shouldTakeThePortDownAndUpAgain() throws InterruptedException {
        try (WireRig rig = new WireRig("soft_fault_port_down_after", "3", "soft_fault_port_up_after", "6")) {
            WireRig.Connection rc = rig.connect();
            for (int message = 0; message < 3; message++) {
                rc.far().postRecv(message * WireRig.BYTES, WireRig.BYTES);
                rc.send(message);
            }
            assertThat(asyncEvent(rig)).isEqualTo(AsyncEventType.PORT_ERR);
            assertThat(asyncEvent(rig)).isEqualTo(AsyncEventType.PORT_ACTIVE);
            assertThat(rc.near().awaitSends(3)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            assertThat(rc.far().awaitRecvs(3)).hasSize(3);
            assertThat(rig.risen(SoftCounter.FAULT_PORT)).isEqualTo(2);
            assertThat(rig.risen(SoftCounter.RETRIES)).isPositive();
        }
    }

    @Test
    void shouldFailTheDeviceForGood() throws InterruptedException {
        try (WireRig rig = new WireRig("soft_fault_fatal_after", "1")) {
            WireRig.Connection rc = rig.connect();
            End bystander = End.open(rig.near(), QpRequest.rc(), 0);
            bystander.connect(bystander.towards(rc.far()));
            rc.send(1);
            rc.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(asyncEvent(rig)).isEqualTo(AsyncEventType.DEVICE_FATAL);
            rc.near().awaitState(QpState.ERR);
            bystander.awaitState(QpState.ERR);
            assertThat(rig.risen(SoftCounter.FAULT_FATAL)).isEqualTo(1);
        }
    }

    private static AsyncEventType asyncEvent(WireRig rig) throws InterruptedException {
        return Objects.requireNonNull(((LocalSide) rig.near()).device().nextAsyncEvent(End.WAIT_MS))
                .type();
    }
}
