package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lanes by the numbers of their queue pairs, while peers come and go. */
@Timeout(30)
class LaneTableTest {
    private static final int LANES = 8;
    private static final int MANY = 40_000;
    private static final int STEPS = 200_000;

    private final LaneTable table = new LaneTable();

    private interface Case {
        void run(List<Lane> lanes) throws Exception;
    }

    private static void withLanes(Case test) throws Exception {
        LaneShape shape =
                new LaneShape(new ReceiveQueuesParser().parse("P,128,8"), 32, 4, 64, 8, 64, 16, 64, 16, 1024, 1 << 20);
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources =
                        new FastPathResources(device, device.allocProtectionDomain(), shape, LANES)) {
            FastPath path = new FastPath(resources, new ReceiveTable(), new Counters(), new StrictListener(lane -> {}));
            List<Lane> lanes = new ArrayList<>();
            for (int slot = 0; slot < LANES; slot++) {
                lanes.add(resources.newLane(path, slot, slot));
            }
            test.run(lanes);
            lanes.forEach(Lane::destroy);
        }
    }

    /** Numbers as devices give them: one after the other, or an index above a count of uses. */
    @Test
    void shouldTakeOutManyByLookingAtAFewForEach() throws Exception {
        withLanes(lanes -> {
            for (int shift = 0; shift <= 8; shift += 8) {
                for (int i = 0; i < MANY; i++) {
                    table.put(i << shift | 1, lanes.get(i % LANES));
                }
                long looked = 0;
                for (int i = 0; i < MANY; i++) {
                    looked += table.remove(i << shift | 1, lanes.get(i % LANES));
                }
                assertThat(looked).isLessThan(16L * MANY);
            }
        });
    }

    @Test
    void shouldFindWhatIsThereAndNothingElse() throws Exception {
        long seed = new SplittableRandom().nextLong();
        System.out.println("LaneTableTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        Map<Integer, Lane> expected = new HashMap<>();
        withLanes(lanes -> {
            for (int step = 0; step < STEPS; step++) {
                int number = random.nextInt(256);
                Lane lane = lanes.get(random.nextInt(LANES));
                if (random.nextBoolean()) {
                    table.put(number, lane);
                    expected.put(number, lane);
                } else {
                    table.remove(number, lane);
                    expected.remove(number, lane);
                }
                int looked = random.nextInt(256);
                assertThat(table.find(looked)).isSameAs(expected.get(looked));
            }
            for (int number = 0; number < 256; number++) {
                assertThat(table.find(number)).isSameAs(expected.get(number));
            }
        });
    }
}
