package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.testkit.ScriptedFabric;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer with two ports, which share its listener, is reached by either and reaches others from either. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobPortsTest {
    private static void connect(TestProcess from, TestProcess to) {
        TestProcess.Told told = from.connect(to).orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(told.connection()).as("%s", told.failure()).isNotNull();
    }

    @Test
    void shouldConnectByEitherPortAgainAndAgain() throws Exception {
        ScriptedFabric fabric = new ScriptedFabric();
        OobComponent peer = new OobComponent();
        try (TestProcess a = new TestProcess(fabric, Identity.of(0), new OobComponent(), Map.of());
                TestProcess first = new TestProcess(fabric, Identity.of(1), peer, Map.of());
                TestProcess second = new TestProcess(fabric, Identity.of(1), peer, Map.of())) {
            for (TestProcess port : List.of(second, first, second, first)) {
                connect(a, port);
                connect(port, a);
            }
        }
    }
}
