package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.Device;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.VerbsProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By which devices a memory is reached. */
@Timeout(60)
class MemoriesTest {
    private static final int ADAPTERS = 8;

    private final List<Device> devices = new ArrayList<>();
    private final List<ProtectionDomain> domains = new ArrayList<>();

    MemoriesTest() {
        LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE).withInfiniband(ADAPTERS);
        for (String name : fabric.deviceNames()) {
            Device device = fabric.open(name);
            devices.add(device);
            domains.add(device.allocProtectionDomain());
        }
    }

    @AfterEach
    void close() {
        devices.forEach(Device::close);
    }

    private static List<Integer> devicesOf(RegisteredMemory memory) {
        MemoryHandle handle = MemoryHandle.of(memory.handle().toBytes());
        return IntStream.range(0, handle.keyCount())
                .mapToObj(i -> handle.key(i).device())
                .toList();
    }

    private static Map<Integer, ProtectionDomain> numbered(List<ProtectionDomain> domains) {
        return IntStream.range(0, domains.size()).boxed().collect(Collectors.toMap(i -> i, domains::get));
    }

    @Test
    void shouldLeaveOutADeviceThatIsClosed() {
        Map<Integer, ProtectionDomain> open = new HashMap<>(numbered(domains));
        open.remove(0);
        open.remove(5);
        devices.get(0).close();
        devices.get(5).close();
        Memories memories = new Memories(3, open, device -> open.containsKey(device) && device > 3);
        try (RegisteredMemory made = memories.allocate(64);
                RegisteredMemory own = memories.register(ByteBuffer.allocateDirect(64))) {
            assertThat(devicesOf(made)).containsExactly(4, 6, 7);
            assertThat(devicesOf(own)).containsExactly(4, 6, 7);
        }
        assertThat(memories.maxBytes()).isPositive();
        try (RegisteredMemory unneeded = new Memories(3, open, device -> false).allocate(64)) {
            assertThat(devicesOf(unneeded)).containsExactly(1);
        }
    }

    private void assertReached(IntPredicate isUsed) {
        Memories memories = new Memories(3, numbered(domains), isUsed);
        List<Integer> used = IntStream.range(0, ADAPTERS).filter(isUsed).boxed().toList();
        try (RegisteredMemory made = memories.allocate(64);
                RegisteredMemory own = memories.register(ByteBuffer.allocateDirect(64))) {
            assertThat(devicesOf(made)).isEqualTo(used);
            assertThat(devicesOf(own)).isEqualTo(used);
        }
    }

    @Test
    void shouldBeReachedByEachOfEightAdapters() {
        assertReached(device -> true);
    }

    @Test
    void shouldNameNoAdapterThatIsNoWayToAPeer() {
        assertReached(device -> device == 2 || device == 7);
    }
}
