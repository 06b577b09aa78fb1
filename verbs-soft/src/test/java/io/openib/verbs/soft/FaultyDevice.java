package io.openib.verbs.soft;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Device;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Wiring;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** The software device with faults, by parameters and a seed that is printed, and what its counters have risen by. */
final class FaultyDevice implements DeviceUnderTest, AutoCloseable {
    private final Map<String, String> parameters = new HashMap<>();
    private final Map<SoftCounter, Long> before = new EnumMap<>(SoftCounters.all());
    private final LocalSide side;

    FaultyDevice(String... namesAndValues) {
        long seed = new SplittableRandom().nextLong();
        System.out.println("soft_fault_seed " + seed + " with " + String.join(" ", namesAndValues));
        parameters.put("soft_fault_seed", Long.toString(seed));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        side = new LocalSide(this);
    }

    @Override
    public Device open() {
        return SoftDevices.open(parameters);
    }

    LocalSide side() {
        return side;
    }

    long risen(SoftCounter counter) {
        return SoftCounters.value(counter) - Objects.requireNonNull(before.get(counter));
    }

    /** A connection within the device: the near end is wired as given, the far end as it is by default. */
    Connection connect(UnaryOperator<Wiring> nearWiring) {
        return connect(QpRequest.rc(), QpRequest.rc(), nearWiring);
    }

    Connection connect(QpRequest nearRequest, QpRequest farRequest, UnaryOperator<Wiring> nearWiring) {
        return connect(nearRequest, farRequest, nearWiring, wiring -> wiring.minRnrTimer(1));
    }

    Connection connect(
            QpRequest nearRequest,
            QpRequest farRequest,
            UnaryOperator<Wiring> nearWiring,
            UnaryOperator<Wiring> farWiring) {
        End near = End.open(side, nearRequest, 0);
        End far = End.open(side, farRequest, 0);
        far.connect(farWiring.apply(far.towards(near)));
        near.connect(nearWiring.apply(near.towards(far)));
        return new Connection(near, far);
    }

    AsyncEventType awaitEvent() throws InterruptedException {
        AsyncEvent event = side.device().nextAsyncEvent(End.WAIT_MS);
        return Objects.requireNonNull(event, "no event came").type();
    }

    @Override
    public void close() {
        side.close();
    }

    record Connection(End near, End far) {}
}
