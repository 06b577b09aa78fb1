package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection fails, and is destroyed, before rank 0's wireup says that it is there. */
@Timeout(60)
class LateReportTest {
    private final ByteBuffer data = ByteBuffer.allocate(8);
    private final List<PeerError> errors = new ArrayList<>();
    private final List<Integer> statuses = new ArrayList<>();

    private int send(Btl btl, int peer) {
        return btl.send(peer, 1, data, 0, 8, (cookie, status) -> statuses.add(status), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldFailTheAttemptAndConnectAnew(int asker) {
        int before = LoopFabric.queuePairs();
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            LoopWireup.keepReports(ranks.job.id(), 0);
            assertThat(send(ranks.rank(asker), 1 - asker)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> ranks.rank(1).isConnected(0));
            LoopFabric.breakAll();
            ranks.until(() -> LoopFabric.queuePairs() == before);
            LoopWireup.tellKept(ranks.job.id(), 0);
            ranks.until(() -> statuses.size() == 1);
            if (asker == 0) {
                assertThat(statuses).containsExactly(BtlStatus.PEER_FAILED);
                assertThat(errors).singleElement().satisfies(error -> {
                    assertThat(error.cause()).isEqualTo(PeerError.Cause.UNREACHABLE);
                    assertThat(error.isFinal()).isFalse();
                    assertThat(error.reason()).contains("failed before the wireup said that it is there");
                });
            }
            statuses.clear();
            assertThat(send(btl, 1)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> statuses.size() == 1);
            assertThat(statuses).containsExactly(BtlStatus.OK);
            assertThat(btl.isConnected(1)).isTrue();
        }
    }
}
