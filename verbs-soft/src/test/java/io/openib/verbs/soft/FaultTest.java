package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each injected fault: what it looks like on a wire, and that it happened. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FaultTest {
    private static final int MESSAGES = 60;
    private static final int BYTES = 8;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "soft_fault_lose, FAULT_LOST",
        "soft_fault_delay, FAULT_DELAYED",
        "soft_fault_duplicate, FAULT_DUPLICATED",
        "soft_fault_reorder, FAULT_REORDERED",
        "soft_fault_rnr, FAULT_RNR"
    })
    void shouldNotShowOnAReliableConnection(String parameter, SoftCounter counter) {
        try (FaultyDevice faulty = new FaultyDevice(parameter, "0.4")) {
            FaultyDevice.Connection rc = faulty.connect(UnaryOperator.identity());
            postReceives(rc.far(), MESSAGES);
            for (int message = 0; message < MESSAGES; message++) {
                send(rc.near(), message);
            }
            assertThat(rc.near().awaitSends(MESSAGES)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            List<Wc> received = rc.far().awaitRecvs(MESSAGES);
            for (int message = 0; message < MESSAGES; message++) {
                assertThat(received.get(message).wrId()).isEqualTo((long) message * BYTES);
                assertThat(messageAt(rc.far(), message * BYTES)).isEqualTo(message);
            }
            rc.far().assertNothingCompleted();
            assertThat(faulty.risen(counter)).isPositive();
            assertThat(faulty.risen(SoftCounter.DROPPED_DUPLICATES))
                    .isEqualTo(faulty.risen(SoftCounter.FAULT_DUPLICATED));
        }
    }

    @Test
    void shouldEndTheConnectionWhenEveryPacketIsLost() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_lose", "1")) {
            FaultyDevice.Connection rc = faulty.connect(wiring -> wiring.retries(8, 2));
            postReceives(rc.far(), 1);
            send(rc.near(), 0);
            rc.near().awaitSend(WcStatus.RETRY_EXC_ERR);
            rc.near().awaitState(QpState.ERR);
            assertThat(faulty.risen(SoftCounter.FAULT_LOST)).isGreaterThan(1);
            assertThat(faulty.risen(SoftCounter.RETRIES)).isGreaterThan(1);
        }
    }

    @Test
    void shouldEndTheConnectionWhenTheReceiverIsNeverReady() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_rnr", "1")) {
            FaultyDevice.Connection rc = faulty.connect(wiring -> wiring.rnrRetry(2));
            postReceives(rc.far(), 1);
            send(rc.near(), 0);
            rc.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
            assertThat(faulty.risen(SoftCounter.FAULT_RNR)).isEqualTo(3);
            assertThat(faulty.risen(SoftCounter.RNR)).isEqualTo(3);
        }
    }

    @Test
    void shouldWaitByTheTimerOfTheReceiverThatIsMadeNotReady() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_rnr", "1")) {
            // 22 is 20.48 ms, 1 is 0.01 ms: the one that counts is the target's.
            FaultyDevice.Connection rc = faulty.connect(
                    QpRequest.rc(),
                    QpRequest.rc(),
                    wiring -> wiring.rnrRetry(3).minRnrTimer(1),
                    wiring -> wiring.minRnrTimer(22));
            postReceives(rc.far(), 1);
            long startNs = System.nanoTime();
            send(rc.near(), 0);
            rc.near().awaitSend(WcStatus.RNR_RETRY_EXC_ERR);
            assertThat(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNs))
                    .as("three waits of the target's timer")
                    .isGreaterThanOrEqualTo(3 * 20_480);
            assertThat(faulty.risen(SoftCounter.FAULT_RNR)).isEqualTo(4);
        }
    }

    @Test
    void shouldCountNoFaultThatCannotBefallAnOperation() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_rnr", "0.5", "soft_fault_duplicate", "0.5")) {
            FaultyDevice.Connection rc = faulty.connect(wiring -> wiring.rnrRetry(0));
            for (int i = 0; i < MESSAGES; i++) {
                rc.near()
                        .post(Send.write(
                                i, rc.near().region().part(0, BYTES), rc.far().region(), 0));
            }
            assertThat(rc.near().awaitSends(MESSAGES)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            assertThat(faulty.risen(SoftCounter.FAULT_RNR)).isZero();
            assertThat(faulty.risen(SoftCounter.FAULT_DUPLICATED)).isZero();
        }
    }

    @ParameterizedTest(name = "shared queue: {0}, bytes: {1}")
    @CsvSource({"false, 8", "false, 500", "true, 8", "true, 500"})
    void shouldDropWhatComesTwice(boolean isShared, int bytes) {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_duplicate", "0.5")) {
            int srq = isShared ? faulty.side().createSrq(MESSAGES, 1) : 0;
            QpRequest request = isShared ? QpRequest.rc().srq(srq) : QpRequest.rc();
            FaultyDevice.Connection rc = faulty.connect(QpRequest.rc(), request, UnaryOperator.identity());
            for (int message = 0; message < MESSAGES; message++) {
                Recv recv = Recv.into(message, rc.far().region().part((long) message * bytes, bytes));
                assertThat(
                                isShared
                                        ? faulty.side().postSrqRecv(srq, recv)
                                        : faulty.side().postRecv(rc.far().qp().handle(), recv))
                        .isZero();
                rc.near()
                        .write(
                                message * bytes,
                                ByteBuffer.allocate(bytes).putLong(message).array());
                rc.near().post(Send.send(message, rc.near().region().part((long) message * bytes, bytes)));
            }
            assertThat(rc.near().awaitSends(MESSAGES)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            List<Wc> received = rc.far().awaitRecvs(MESSAGES);
            for (int message = 0; message < MESSAGES; message++) {
                assertThat(received.get(message).wrId()).isEqualTo(message);
                assertThat(messageAt(rc.far(), message * bytes)).isEqualTo(message);
            }
            rc.far().assertNothingCompleted();
            assertThat(faulty.risen(SoftCounter.FAULT_DUPLICATED)).isPositive();
            assertThat(faulty.risen(SoftCounter.DROPPED_DUPLICATES))
                    .isEqualTo(faulty.risen(SoftCounter.FAULT_DUPLICATED));
        }
    }

    @Test
    void shouldDropWhatComesTwiceForAQueuePairThatIsClosed() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_duplicate", "1")) {
            FaultyDevice.Connection rc = faulty.connect(UnaryOperator.identity());
            postReceives(rc.far(), 3);
            for (int message = 0; message < 3; message++) {
                send(rc.near(), message);
            }
            faulty.side().close(rc.far().qp().handle());
            rc.far().assertNothingCompleted();
            assertThat(faulty.risen(SoftCounter.FAULT_DUPLICATED)).isEqualTo(3);
            assertThat(faulty.risen(SoftCounter.DROPPED_DUPLICATES)).isEqualTo(3);
        }
    }

    @Test
    void shouldCarryOutEveryOperationOnceWhateverHappens() {
        try (FaultyDevice faulty = new FaultyDevice(EveryOperation.FAULTS)) {
            FaultyDevice.Connection rc = faulty.connect(wiring -> wiring.retries(20, 7));
            EveryOperation.assertOnce(rc.near(), rc.far());
            for (SoftCounter counter : EveryOperation.COUNTERS) {
                assertThat(faulty.risen(counter)).as("%s", counter).isPositive();
            }
        }
    }

    @Test
    void shouldLetQueuePairsOvertakeEachOther() {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_reorder", "0.4", "soft_fault_delay_us", "50000")) {
            int cq = faulty.side().createCq(4 * MESSAGES);
            QpRequest shared = QpRequest.rc().cqs(cq, cq);
            List<FaultyDevice.Connection> pairs = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                pairs.add(faulty.connect(QpRequest.rc(), shared, UnaryOperator.identity()));
                postReceives(pairs.get(i).far(), MESSAGES);
            }
            List<Integer> sent = new ArrayList<>();
            for (int message = 0; message < MESSAGES; message++) {
                FaultyDevice.Connection pair = pairs.get(message % 2);
                send(pair.near(), message / 2);
                sent.add(pair.far().number());
            }
            List<Wc> received = faulty.side().await(cq, MESSAGES, End.WAIT_MS);
            assertThat(received).extracting(Wc::qpNumber).containsExactlyInAnyOrderElementsOf(sent);
            assertThat(received).extracting(Wc::qpNumber).isNotEqualTo(sent);
            for (FaultyDevice.Connection pair : pairs) {
                assertThat(received.stream()
                                .filter(wc -> wc.qpNumber() == pair.far().number()))
                        .extracting(Wc::wrId)
                        .isSorted();
            }
            assertThat(faulty.risen(SoftCounter.FAULT_REORDERED)).isPositive();
        }
    }

    @Test
    void shouldBreakAQueuePair() throws InterruptedException {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_break_qp", "1")) {
            FaultyDevice.Connection rc = faulty.connect(UnaryOperator.identity());
            postReceives(rc.far(), 1);
            send(rc.near(), 0);
            rc.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.QP_FATAL);
            rc.near().awaitState(QpState.ERR);
            send(rc.near(), 1);
            rc.near().awaitSend(WcStatus.WR_FLUSH_ERR);
            rc.far().assertNothingCompleted();
            assertThat(faulty.risen(SoftCounter.FAULT_BROKEN_QP)).isEqualTo(1);
        }
    }

    @Test
    void shouldTakeThePortDownAndUpAgain() throws InterruptedException {
        try (FaultyDevice faulty =
                new FaultyDevice("soft_fault_port_down_after", "3", "soft_fault_port_up_after", "6")) {
            FaultyDevice.Connection rc = faulty.connect(UnaryOperator.identity());
            postReceives(rc.far(), 3);
            for (int message = 0; message < 3; message++) {
                send(rc.near(), message);
            }
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.PORT_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.PORT_ACTIVE);
            assertThat(rc.near().awaitSends(3)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            assertThat(rc.far().awaitRecvs(3)).hasSize(3);
            assertThat(faulty.risen(SoftCounter.FAULT_PORT)).isEqualTo(2);
            assertThat(faulty.risen(SoftCounter.RETRIES)).isPositive();
        }
    }

    @Test
    void shouldFailTheDeviceForGood() throws InterruptedException {
        try (FaultyDevice faulty = new FaultyDevice("soft_fault_fatal_after", "2")) {
            FaultyDevice.Connection rc = faulty.connect(UnaryOperator.identity());
            postReceives(rc.far(), 3);
            send(rc.near(), 0);
            rc.near().awaitSend(WcStatus.SUCCESS);
            rc.far().awaitRecv(WcStatus.SUCCESS);
            send(rc.near(), 1);
            rc.near().awaitSend(WcStatus.FATAL_ERR);
            assertThat(faulty.awaitEvent()).isEqualTo(AsyncEventType.DEVICE_FATAL);
            rc.near().awaitState(QpState.ERR);
            rc.far().awaitState(QpState.ERR);
            assertThat(rc.far().awaitRecvs(2)).extracting(Wc::status).containsOnly(WcStatus.WR_FLUSH_ERR);
            assertThat(faulty.risen(SoftCounter.FAULT_FATAL)).isEqualTo(1);
        }
    }

    private static void postReceives(End far, int count) {
        for (int i = 0; i < count; i++) {
            far.postRecv(i * BYTES, BYTES);
        }
    }

    private static void send(End near, int message) {
        int at = message * BYTES;
        near.write(at, ByteBuffer.allocate(BYTES).putLong(message).array());
        near.post(Send.send(message, near.region().part(at, BYTES)));
    }

    private static long messageAt(End far, int offset) {
        return ByteBuffer.wrap(far.read(offset, BYTES)).getLong();
    }
}
