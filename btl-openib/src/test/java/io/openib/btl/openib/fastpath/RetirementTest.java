package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lane's end is told once, however many find out that it is over, and however late. */
@Timeout(30)
class RetirementTest {
    private final List<Lane> drained = new ArrayList<>();

    @Test
    void shouldDrainALaneOnceThoughItIsRetiredAgainAfterwards() throws Exception {
        LaneShape shape =
                new LaneShape(new ReceiveQueuesParser().parse("P,128,8"), 32, 4, 64, 8, 64, 16, 64, 16, 1024, 1 << 20);
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources = new FastPathResources(device, device.allocProtectionDomain(), shape, 2)) {
            FastPath path =
                    new FastPath(resources, new ReceiveTable(), new Counters(), new StrictListener(drained::add));
            Lane lane = resources.newLane(path, 1, 0);
            path.announce(lane);
            retireAndSettle(path, lane);
            assertThat(drained).containsExactly(lane);
            lane.destroy();
            Lane successor = resources.newLane(path, 1, 0);
            path.announce(successor);
            retireAndSettle(path, lane);
            assertThat(drained).as("a late retirement of a lane that is gone").containsExactly(lane);
            assertThat(path.laneAt(0)).as("the lane that has its number now").isSameAs(successor);
            retireAndSettle(path, successor);
            assertThat(drained).containsExactly(lane, successor);
            successor.destroy();
        }
    }

    private static void retireAndSettle(FastPath path, Lane lane) {
        path.retire(lane, System.nanoTime());
        path.retire(lane, System.nanoTime());
        for (int round = 0; round < 32; round++) {
            path.progress();
        }
    }
}
