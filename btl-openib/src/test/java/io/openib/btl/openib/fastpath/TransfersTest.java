package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Puts and gets in pieces, of which some fail before all are posted. */
@Timeout(30)
class TransfersTest {
    /** More than may be under way: reads are four at a time. */
    private static final int PIECES = 10;

    private static final int ROUNDS = 1_000;

    private final ByteBuffer data = ByteBuffer.allocate(PIECES * FastPathResources.STAGING_BYTES);
    private final List<String> completed = new ArrayList<>();

    private static LaneShape shape() throws Exception {
        return new LaneShape(new ReceiveQueuesParser().parse("P,128,8"), 32, 4, 64, 8, 64, 16, 64, 16, 1024, 1 << 20);
    }

    private CompletionHandler told(String name, Runnable then) {
        return (cookie, status) -> {
            completed.add(name + " " + BtlStatus.name(status));
            then.run();
        };
    }

    private void get(Outbox outbox, CompletionHandler handler) {
        assertThat(outbox.rdma(true, data, 0, 0, 0, data.capacity(), handler, 0))
                .isEqualTo(BtlStatus.OK);
    }

    @Test
    void shouldNotFailWhatBeganAfterTheOneThatItIsMadeOf() throws Exception {
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources =
                        new FastPathResources(device, device.allocProtectionDomain(), shape(), 2)) {
            FastPath path =
                    new FastPath(resources, new ReceiveTable(), new Counters(), new StrictListener(drained -> {}));
            Lane lane = resources.newLane(path, 1, 0);
            path.announce(lane);
            lane.queuePairs().forEach(qp -> qp.modify(QpAttributes.toState(QpState.RTS))); // to nobody: all fails
            Outbox outbox = new Outbox(path, 1);
            outbox.use(lane);
            Outbox next = new Outbox(path, 1);
            CompletionHandler second = told("second", () -> get(next, told("third", () -> {})));
            get(outbox, told("first", () -> get(outbox, second)));
            outbox.use(null);
            path.retire(lane, System.nanoTime() + 1_000_000_000L);
            for (int round = 0; round < ROUNDS && completed.isEmpty(); round++) {
                path.progress();
            }
            assertThat(completed).containsExactly("first PEER_FAILED");
            outbox.failWaiting(BtlStatus.PEER_FAILED);
            assertThat(completed).containsExactly("first PEER_FAILED", "second PEER_FAILED");
            next.failWaiting(BtlStatus.CLOSED);
            assertThat(completed).containsExactly("first PEER_FAILED", "second PEER_FAILED", "third CLOSED");
            assertThat(path.hasNoTransfers()).isTrue();
            lane.destroy();
        }
    }
}
