package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.mca.McaParameters;
import io.openib.verbs.Device;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.testkit.End;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the device's injector does to messages of its connection manager: it is counted, and connections come and go all the same. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmMessageFaultTest {
    private static final int RESOLVE_MS = 1_000;
    private static final int ROUNDS = 6;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "soft_fault_lose, FAULT_LOST",
        "soft_fault_delay, FAULT_DELAYED",
        "soft_fault_duplicate, FAULT_DUPLICATED"
    })
    void shouldConnectAndDisconnectWhateverBefallsMessages(String parameter, SoftCounter counter)
            throws InterruptedException {
        long before = SoftCounters.value(counter);
        SoftProvider provider = provider(parameter);
        try (Device device = provider.open(SoftProvider.DEVICE_NAME);
                CmEventChannel server = provider.connectionManager().createEventChannel();
                CmEventChannel client = provider.connectionManager().createEventChannel()) {
            assertThat(device.name()).isEqualTo(SoftProvider.DEVICE_NAME);
            CmId listener = server.createId();
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            listener.listen(4);
            for (int round = 0; round < ROUNDS; round++) {
                connectAndDisconnect(client, server, listener, 2 * round);
            }
        }
        assertThat(SoftCounters.value(counter) - before).isPositive();
    }

    private static SoftProvider provider(String parameter) {
        String seed = Long.toString(new SplittableRandom().nextLong());
        System.out.println("soft_fault_seed " + seed + " with " + parameter);
        SoftProvider provider = new SoftProvider();
        Map<String, String> values = Map.of("soft_fault_seed", seed, parameter, "0.3", "soft_fault_delay_us", "20000");
        provider.configure(McaParameters.of(values, provider.parameters()));
        return provider;
    }

    private static void connectAndDisconnect(CmEventChannel client, CmEventChannel server, CmId listener, int number)
            throws InterruptedException {
        try (CmId active = client.createId()) {
            active.resolveAddress(null, Objects.requireNonNull(listener.localAddress()), RESOLVE_MS);
            expect(client, CmEventType.ADDR_RESOLVED);
            active.resolveRoute(RESOLVE_MS);
            expect(client, CmEventType.ROUTE_RESOLVED);
            active.connect(parameters(number));
            try (CmId passive = expect(server, CmEventType.CONNECT_REQUEST).id()) {
                passive.accept(parameters(number + 1));
                expect(client, CmEventType.CONNECT_RESPONSE);
                active.establish();
                expect(server, CmEventType.ESTABLISHED);
                active.disconnect();
                expect(server, CmEventType.DISCONNECTED);
                passive.disconnect();
                expect(client, CmEventType.DISCONNECTED);
                expect(server, CmEventType.TIMEWAIT_EXIT);
                expect(client, CmEventType.TIMEWAIT_EXIT);
            }
        }
    }

    private static ConnectionParameters parameters(int qpNumber) {
        return new ConnectionParameters(new byte[0], 4, 3, 7, 6, false, qpNumber);
    }

    private static CmEvent expect(CmEventChannel channel, CmEventType type) throws InterruptedException {
        CmEvent event = Objects.requireNonNull(channel.next(End.WAIT_MS), () -> "waiting for " + type);
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }
}
