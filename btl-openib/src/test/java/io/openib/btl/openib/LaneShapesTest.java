package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.AccessFlag;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsException;
import io.openib.wireup.QueuePairSettings;
import java.lang.reflect.Proxy;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of parameters on devices that can do less. */
@Timeout(30)
class LaneShapesTest {
    private static final PortAttributes PORT = new PortAttributes(
            PortState.ACTIVE, Mtu.MTU_4096, Mtu.MTU_4096, 1, 1, 1 << 30, 0, 0, LinkLayer.ETHERNET, 0, false);

    private static <T> T stub(Class<T> type, Map<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (answers.containsKey(method.getName())) {
                        return answers.get(method.getName());
                    }
                    throw new AssertionError("nobody should call " + method);
                }));
    }

    private static Device device(AtomicCapability atomics, long maxSrqWr) {
        Map<DeviceLimit, Long> limits = new EnumMap<>(DeviceLimit.class);
        for (DeviceLimit limit : DeviceLimit.values()) {
            limits.put(limit, 1L << 20);
        }
        limits.put(DeviceLimit.MAX_SRQ_WR, maxSrqWr);
        DeviceAttributes attributes = new DeviceAttributes("1", 1, 0, 0, 0, 1, atomics, true, limits);
        return stub(Device.class, Map.of("name", "irdma0", "attributes", attributes));
    }

    private static OpenPort port(Device device) {
        return new OpenPort(new LoopFabric(), device, 0, stub(ProtectionDomain.class, Map.of()), 1, PORT);
    }

    private static LaneShapes shapes(String... parameters) {
        return new LaneShapes(Ranks.parameters(Ranks.Rank.of(parameters).values()));
    }

    private static void withDepths(String outstanding, String answered, int expectedOutstanding, int expectedAnswered) {
        LoopFabric fabric = new LoopFabric();
        LaneShapes shapes =
                shapes("btl_openib_ib_qp_ous_rd_atom", outstanding, "btl_openib_ib_max_rdma_dst_ops", answered);
        try (Device device = fabric.open("loop0")) {
            OpenPort port = new OpenPort(fabric, device, 0, device.allocProtectionDomain(), 1, device.queryPort(1));
            QueuePairSettings settings = shapes.settings(port);
            assertThat(settings.maxRdAtomic()).isEqualTo(expectedOutstanding);
            assertThat(settings.maxDestRdAtomic()).isEqualTo(expectedAnswered);
            assertThat(shapes.shape(port).maxReads()).isEqualTo(expectedOutstanding);
        }
    }

    @Test
    void shouldAskForNoMoreReadsThanTheDeviceDoes() {
        withDepths("128", "128", 8, 16);
        withDepths("3", "5", 3, 5);
    }

    @Test
    void shouldSendInTheServiceLevelAndTrafficClassThatAreAskedFor() {
        LoopFabric fabric = new LoopFabric();
        try (Device device = fabric.open("loop0")) {
            OpenPort port = new OpenPort(fabric, device, 0, device.allocProtectionDomain(), 1, device.queryPort(1));
            QueuePairSettings settings = shapes(
                            "btl_openib_ib_service_level", "5", "btl_openib_ib_traffic_class", "104")
                    .settings(port);
            assertThat(settings.serviceLevel()).isEqualTo(5);
            assertThat(settings.trafficClass()).isEqualTo(104);
        }
    }

    @Test
    void shouldNotAskForAtomicsWhereThereAreNone() {
        assertThat(LaneShapes.access(device(AtomicCapability.NONE, 0)))
                .containsExactlyInAnyOrder(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);
        assertThat(LaneShapes.access(device(AtomicCapability.HCA, 0))).contains(AccessFlag.REMOTE_ATOMIC);
    }

    @Test
    void shouldSayWhatToGiveADeviceWithoutSharedReceiveQueues() {
        OpenPort port = port(device(AtomicCapability.HCA, 0));

        assertThatThrownBy(() -> shapes().shape(port))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("has no shared receive queues")
                .hasMessageContaining("P,128,256,192,128:P,2048,64,48,32:P,65536,32,24,16");
        assertThatCode(() -> shapes("btl_openib_receive_queues", "P,128,256,192,128:P,2048,64,48,32:P,65536,32,24,16")
                        .shape(port))
                .as("what it says")
                .doesNotThrowAnyException();
    }
}
