package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** There is room again when half of what may wait is gone: all of it where that is one. */
@Timeout(30)
class OutboxRoomTest {
    private static final int POOL = 64;
    private static final int LONG = 2_000;

    private final ByteBuffer data = ByteBuffer.allocate(LONG);
    /** What there was room for, by how many waited. */
    private final List<Integer> rooms = new ArrayList<>();

    /** Bounded by its own places, and by the fragments that all peers share: of 64 one peer has 33. */
    @ParameterizedTest
    @CsvSource({"1, 8, 1, 0", "8, 8, 8, 4", "16, 8, 16, 8", "256, 2000, 33, 21"})
    void shouldHaveRoomForSendsWhenHalfIsGone(int pending, int bytes, int accepted, int half) throws Exception {
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources =
                        new FastPathResources(device, device.allocProtectionDomain(), shape(pending), 2)) {
            Outbox outbox = outbox(resources);
            assertThat(outbox.room(Room.SENDS)).isEqualTo(Room.SENDS);
            CompletionHandler look = (cookie, status) -> rooms.add(outbox.room(Room.SENDS));
            for (int i = 0; i < accepted; i++) {
                assertThat(outbox.send(1, data, 0, bytes, look, 0)).isEqualTo(BtlStatus.OK);
            }
            assertThat(outbox.send(1, data, 0, bytes, look, 0)).isEqualTo(BtlStatus.BACK_PRESSURE);
            assertThat(outbox.room(Room.SENDS)).isZero();
            outbox.failWaiting(BtlStatus.PEER_FAILED);
            assertThat(rooms)
                    .isEqualTo(IntStream.range(0, accepted)
                            .mapToObj(done -> accepted - done - 1 <= half ? Room.SENDS : 0)
                            .toList());
        }
    }

    @Test
    void shouldTellApartWhatIsRefused() throws Exception {
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources =
                        new FastPathResources(device, device.allocProtectionDomain(), shape(8), 2)) {
            Outbox outbox = outbox(resources);
            int all = Room.SENDS | Room.TRANSFERS | Room.ATOMICS | outbox.immediate(8) | outbox.immediate(LONG);
            assertThat(outbox.room(all)).isEqualTo(all);
            int code = BtlStatus.OK;
            while (code == BtlStatus.OK) {
                code = outbox.rdma(false, data, 0, 0, 0, 8, null, 0);
            }
            // Without a connection those that never wait are not refused for want of room.
            assertThat(outbox.room(all)).isEqualTo(all & ~Room.TRANSFERS);
            assertThat(outbox.room(Room.ATOMICS)).isEqualTo(Room.ATOMICS);
            outbox.failWaiting(BtlStatus.PEER_FAILED);
            assertThat(outbox.room(all)).isEqualTo(all);
        }
    }

    private static Outbox outbox(FastPathResources resources) {
        StrictListener listener = new StrictListener(lane -> {});
        return new Outbox(new FastPath(resources, new ReceiveTable(), new Counters(), listener), 1);
    }

    private static LaneShape shape(int pending) throws Exception {
        return new LaneShape(
                new ReceiveQueuesParser().parse("P,128,8:P,4096,8"),
                32,
                4,
                64,
                8,
                POOL,
                pending,
                64,
                16,
                1024,
                1 << 20);
    }
}
