package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Injected faults of packets that cross the wire. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WireFaultTest {
    private final Map<SoftCounter, Long> before = new EnumMap<>(SoftCounters.all());

    /** Two processes, and a connection between them. */
    private static final class Connection implements AutoCloseable {
        final LocalSide side;
        final PeerProcess process;
        final End near;
        final End far;

        Connection(FaultyOverWire device, UnaryOperator<Wiring> nearWiring, UnaryOperator<Wiring> farWiring) {
            side = new LocalSide(device);
            process = PeerProcess.start(device);
            near = End.open(side, QpRequest.rc(), 0);
            far = End.open(process.side(), QpRequest.rc(), 0);
            far.connect(farWiring.apply(far.towards(near)));
            near.connect(nearWiring.apply(near.towards(far)));
        }

        @Override
        public void close() {
            process.close();
            side.close();
        }
    }

    private long risen(SoftCounter counter) {
        return SoftCounters.value(counter) - Objects.requireNonNull(before.get(counter));
    }

    @Test
    void shouldCarryOutEveryOperationOnceWhateverHappens() {
        try (Connection rc = new Connection(
                FaultyOverWire.here(EveryOperation.FAULTS),
                wiring -> wiring.retries(20, 7),
                wiring -> wiring.minRnrTimer(1))) {
            EveryOperation.assertOnce(rc.near, rc.far);
            for (SoftCounter counter : EveryOperation.COUNTERS) {
                assertThat(risen(counter)).as("%s", counter).isPositive();
            }
        }
    }

    @Test
    void shouldDropWhatComesTwice() {
        try (Connection rc = new Connection(
                FaultyOverWire.there("soft_fault_duplicate", "0.4"),
                UnaryOperator.identity(),
                UnaryOperator.identity())) {
            EveryOperation.assertOnce(rc.far, rc.near);
            assertThat(risen(SoftCounter.DROPPED_DUPLICATES)).isPositive();
        }
    }

    @Test
    void shouldFailTheDeviceForGood() throws InterruptedException {
        try (Connection rc = new Connection(
                FaultyOverWire.here("soft_fault_fatal_after", "1"),
                UnaryOperator.identity(),
                UnaryOperator.identity())) {
            End bystander = End.open(rc.side, QpRequest.rc(), 0);
            bystander.connect(bystander.towards(rc.far));
            rc.near.post(Send.send(1, rc.near.region().part(0, 8)));
            rc.near.awaitSend(WcStatus.FATAL_ERR);
            assertThat(Objects.requireNonNull(rc.side.device().nextAsyncEvent(End.WAIT_MS))
                            .type())
                    .isEqualTo(AsyncEventType.DEVICE_FATAL);
            rc.near.awaitState(QpState.ERR);
            bystander.awaitState(QpState.ERR);
            assertThat(risen(SoftCounter.FAULT_FATAL)).isEqualTo(1);
        }
    }
}
