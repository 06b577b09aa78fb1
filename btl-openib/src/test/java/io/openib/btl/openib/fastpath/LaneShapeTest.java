package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.btl.openib.wire.ReceiveQueues;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class LaneShapeTest {
    /** One queue whose sends are limited to 100 by the device; 53 receives, three of them in reserve. */
    private static final LaneShape SHAPE = new LaneShape(
            new ReceiveQueues(List.of(new ReceiveQueue(false, 128, 50, 40, 30, 1, 0, 50, 0))),
            64,
            4,
            64,
            8,
            -1,
            8,
            1,
            8,
            100,
            1 << 20);

    @Test
    void shouldHaveAsManyLanesAsTheCompletionQueuesTake() {
        assertThat(SHAPE.receiveEntries(1)).isEqualTo(53);
        assertThat(SHAPE.sendEntries(1)).isEqualTo(100);
        assertThat(SHAPE.lanesWithin(1_000, 20)).isEqualTo(10);
        assertThat(SHAPE.lanesWithin(999, 20)).isEqualTo(9);
        assertThat(SHAPE.lanesWithin(1_000, 10)).isEqualTo(10);
        assertThat(SHAPE.lanesWithin(1_000, 7)).isEqualTo(7);
    }

    @Test
    void shouldHaveOneLaneAtLeast() {
        assertThat(SHAPE.lanesWithin(99, 20)).isEqualTo(1);
        assertThat(SHAPE.lanesWithin(1_000, 1)).isEqualTo(1);
    }
}
