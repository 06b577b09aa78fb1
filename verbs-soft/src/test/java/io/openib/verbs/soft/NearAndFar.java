package io.openib.verbs.soft;

import io.openib.verbs.testkit.End;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two queue pairs of a device without faults, connected before each case. */
abstract class NearAndFar {
    final FaultyDevice device = new FaultyDevice();
    End near;
    End far;

    @BeforeEach
    void connect() {
        FaultyDevice.Connection rc = device.connect(UnaryOperator.identity());
        near = rc.near();
        far = rc.far();
    }

    @AfterEach
    void close() {
        device.close();
    }
}
