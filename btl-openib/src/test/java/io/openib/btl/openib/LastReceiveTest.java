package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Queue pairs that draw from shared queues are destroyed when no receive of these goes with them. */
@Timeout(60)
class LastReceiveTest {
    private static final String[] SHARED = {
        "btl_openib_receive_queues", "S,128,256,192,128:S,2048,256,192,128", "btl_openib_keepalive", "0.05"
    };

    private static void loseTheConnection(LoopFabric own) {
        try (Ranks ranks = new Ranks(
                new TestJob(2), List.of(Rank.of(SHARED).on(own), Rank.of(SHARED).on(new LoopFabric())))) {
            List<PeerError> errors = new ArrayList<>();
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(error -> {});
            for (int round = 1; round <= 3; round++) {
                int losses = round;
                int before = LoopFabric.queuePairs();
                ranks.rank(0).connect(1);
                ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
                assertThat(ranks.rank(0).send(1, 1, ByteBuffer.allocateDirect(8), 0, 8, (cookie, status) -> {}, 0))
                        .isEqualTo(BtlStatus.OK);
                LoopFabric.breakAll();
                ranks.rank(0).send(1, 1, ByteBuffer.allocateDirect(8), 0, 8, (cookie, status) -> {}, 0);
                ranks.until(() -> errors.size() == losses && LoopFabric.queuePairs() == before);
            }
        }
    }

    @Test
    void shouldWaitUntilTheDeviceTakesNoFurtherReceive() {
        LoopFabric fabric = new LoopFabric();
        loseTheConnection(fabric);
        assertThat(fabric.destroyedEarly()).as("queue pairs").isZero();
    }

    @Test
    void shouldNotWaitForEverWhereTheDeviceDoesNotTell() {
        loseTheConnection(new LoopFabric().silentOfLastReceives());
    }
}
