package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.memory.Slab;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import io.openib.verbs.VerbsException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A module's resources on a device that refuses something. */
@Timeout(30)
class LeftBehindTest {
    private static final int LANES = 2;

    private final LoopFabric fabric = new LoopFabric();

    private static LaneShape shape() throws Exception {
        return new LaneShape(
                new ReceiveQueuesParser().parse("P,128,8:P,256,8:S,512,8,6,4,4,2:S,1024,8,6,4,4,2"),
                32,
                4,
                64,
                8,
                64,
                16,
                64,
                16,
                1024,
                1 << 20);
    }

    private static FastPathResources resources(Device device) throws Exception {
        return new FastPathResources(device, device.allocProtectionDomain(), shape(), LANES);
    }

    private static Lane lane(FastPathResources resources) {
        FastPath path = new FastPath(resources, new ReceiveTable(), new Counters(), new StrictListener(drained -> {}));
        return resources.newLane(path, 1, 0);
    }

    static IntStream everyObjectOfALane() throws Exception {
        LoopFabric healthy = new LoopFabric();
        try (Device device = healthy.open("loop0");
                FastPathResources resources = resources(device)) {
            lane(resources).destroy();
            return IntStream.rangeClosed(1, healthy.objects().asked());
        }
    }

    /** Two completion queues, two shared receive queues with a slab each, four queue pairs, two slabs of their own. */
    @Test
    void shouldTryEachObjectThatALaneIsMadeOf() throws Exception {
        assertThat(everyObjectOfALane()).hasSize(2 + 4 + 4 + 2);
    }

    @ParameterizedTest
    @MethodSource("everyObjectOfALane")
    void shouldLeaveNothingBehindWhicheverObjectIsRefused(int refused) {
        try (Device device = fabric.open("loop0")) {
            fabric.objects().refuse(refused);
            assertThatThrownBy(() -> open(device)).isInstanceOf(VerbsException.class);
            assertThat(fabric.objects().asked()).isEqualTo(refused);
            assertThat(fabric.objects().open()).isZero();
        }
    }

    private static void open(Device device) throws Exception {
        try (FastPathResources resources = resources(device)) {
            lane(resources).destroy();
        }
    }

    /** Two queue pairs with a slab each, and two of shared queues. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void shouldHoldNoMoreAfterManyAttemptsToMakeALane(int refused) throws Exception {
        try (Device device = fabric.open("loop0");
                FastPathResources resources = resources(device)) {
            resources.prepare();
            int before = fabric.objects().open();
            for (int attempt = 0; attempt < 3; attempt++) {
                fabric.objects().refuse(refused);
                assertThatThrownBy(() -> lane(resources)).isInstanceOf(VerbsException.class);
                assertThat(fabric.objects().open()).isEqualTo(before);
            }
            lane(resources).destroy();
            assertThat(fabric.objects().open()).isEqualTo(before);
        }
    }

    @Test
    void shouldKeepNoSlabThatIsTooLongForOneBuffer() {
        try (Device device = fabric.open("loop0")) {
            assertThatThrownBy(() -> new Slab(device.allocProtectionDomain(), 1 << 22, 1 << 10, 64))
                    .isInstanceOf(ArithmeticException.class);
            assertThat(fabric.objects().open()).isZero();
        }
    }
}
