package io.openib.verbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ActivePortTest {
    private final Map<String, List<PortState>> devices = new LinkedHashMap<>();
    private Availability availability = Availability.usable();
    private int open;

    private VerbsProvider provider() {
        return fake(VerbsProvider.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "name" -> "fake";
            case "availability" -> availability;
            case "deviceNames" -> List.copyOf(devices.keySet());
            case "open" -> device((String) arguments[0]);
            default -> throw new AssertionError(method);
        });
    }

    private Device device(String name) {
        List<PortState> states = devices.getOrDefault(name, List.of());
        if (states.isEmpty()) {
            throw new VerbsException("ibv_open_device", name, Errno.EACCES, "not yours");
        }
        open++;
        return fake(Device.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "attributes" -> attributes(states.size());
            case "queryPort" -> port(states.get((int) arguments[0] - 1));
            case "close" -> --open;
            default -> throw new AssertionError(method);
        });
    }

    private static DeviceAttributes attributes(int ports) {
        Map<DeviceLimit, Long> limits =
                Arrays.stream(DeviceLimit.values()).collect(Collectors.toMap(Function.identity(), limit -> 1L));
        return new DeviceAttributes("1", 1, 0, 0, 0, ports, AtomicCapability.NONE, true, limits);
    }

    private static PortAttributes port(PortState state) {
        return new PortAttributes(state, Mtu.MTU_4096, Mtu.MTU_1024, 1, 1, 1 << 20, 0, 0, LinkLayer.ETHERNET, 0, false);
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void shouldPassOverPortsThatCarryNoTraffic() {
        devices.put("mlx5_0", List.of(PortState.DOWN));
        devices.put("mlx5_1", List.of(PortState.INIT, PortState.ACTIVE));
        devices.put("mlx5_2", List.of(PortState.ACTIVE));

        assertThat(ActivePort.firstOf(provider())).isEqualTo(new ActivePort("mlx5_1", 2));
        assertThat(open).as("devices that stay open").isZero();
    }

    @Test
    void shouldPassOverADeviceThatCannotBeOpened() {
        devices.put("mlx5_0", List.of());
        devices.put("mlx5_1", List.of(PortState.ACTIVE));

        assertThat(ActivePort.firstOf(provider())).hasToString("mlx5_1:1");
    }

    @Test
    void shouldSayWhyThereIsNone() {
        devices.put("mlx5_0", List.of());
        devices.put("mlx5_1", List.of(PortState.DOWN));
        assertNone("mlx5_0", "not yours", "mlx5_1:1 is DOWN");

        devices.clear();
        assertNone("it has no device");
        availability = Availability.unusable("there is no libibverbs.so.1");
        assertNone("there is no libibverbs.so.1");
    }

    private void assertNone(String... parts) {
        assertThatThrownBy(() -> ActivePort.firstOf(provider()))
                .isInstanceOfSatisfying(
                        VerbsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
                .hasMessageContainingAll(parts);
        assertThat(open).isZero();
    }
}
