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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection request that the injector rejects: the listener never sees it, the caller gets REJECTED. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmRejectFaultTest {
    private static final int RESOLVE_MS = 1_000;

    @Test
    void shouldRejectARequestBeforeTheListenerSeesIt() throws InterruptedException {
        long before = SoftCounters.value(SoftCounter.FAULT_CM_REJECTED);
        SoftProvider provider = new SoftProvider();
        provider.configure(McaParameters.of(Map.of("soft_fault_cm_reject", "1"), provider.parameters()));
        try (Device device = provider.open(SoftProvider.DEVICE_NAME);
                CmEventChannel server = provider.connectionManager().createEventChannel();
                CmEventChannel client = provider.connectionManager().createEventChannel()) {
            assertThat(device.name()).isEqualTo(SoftProvider.DEVICE_NAME);
            CmId listener = server.createId();
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            listener.listen(4);
            CmId active = client.createId();
            active.resolveAddress(null, Objects.requireNonNull(listener.localAddress()), RESOLVE_MS);
            expect(client, CmEventType.ADDR_RESOLVED);
            active.resolveRoute(RESOLVE_MS);
            expect(client, CmEventType.ROUTE_RESOLVED);
            active.connect(new ConnectionParameters(new byte[0], 4, 3, 7, 6, false, 0x100));
            CmEvent rejected = expect(client, CmEventType.REJECTED);
            assertThat(rejected.id()).isSameAs(active);
            assertThat(rejected.status()).isNotZero().isNotEqualTo(CmEvent.REJECT_CONSUMER);
            assertThat(server.next(0)).isNull();
            assertThat(SoftCounters.value(SoftCounter.FAULT_CM_REJECTED) - before)
                    .isEqualTo(1);
        }
    }

    private static CmEvent expect(CmEventChannel channel, CmEventType type) throws InterruptedException {
        CmEvent event = Objects.requireNonNull(channel.next(End.WAIT_MS), () -> "waiting for " + type);
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }
}
