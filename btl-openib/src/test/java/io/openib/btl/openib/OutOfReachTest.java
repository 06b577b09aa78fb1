package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The two have connected, by whatever way wireups talk, and one device knows that nothing of it arrives at the other. */
@Timeout(60)
class OutOfReachTest {
    private final ByteBuffer data = ByteBuffer.allocate(8);
    private final List<PeerError> errors = new ArrayList<>();
    private final List<Integer> statuses = new ArrayList<>();

    @Test
    void shouldFailAtOnceAndSayWhyWhereADeviceKnowsThatNothingArrives() {
        Rank blind = Rank.of("btl_openib_reconnects", "1").on(new LoopFabric().outOfReach("it lives elsewhere"));
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(blind, Rank.of()))) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            assertThat(btl.send(1, 1, data, 0, 8, (cookie, status) -> statuses.add(status), 0))
                    .isEqualTo(BtlStatus.OK);
            ranks.until(() -> !statuses.isEmpty());
            assertThat(statuses).containsExactly(BtlStatus.PEER_FAILED);
            assertThat(btl.isConnected(1)).isFalse();
            assertThat(errors).isNotEmpty().allSatisfy(error -> {
                assertThat(error.peer()).isEqualTo(1);
                assertThat(error.cause()).isEqualTo(PeerError.Cause.CONNECTION_LOST);
                assertThat(error.reason()).contains("it lives elsewhere");
            });
        }
    }
}
