package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to a healthy peer end faster than their lanes are drained, of which there may be four here. */
@Timeout(120)
class QuickLossTest {
    private static final int TIMES = 30;

    private final ByteBuffer data = ByteBuffer.allocate(100);
    private final List<Integer> statuses = new ArrayList<>();
    private final List<PeerError> errors = new ArrayList<>();
    private final CompletionHandler completed = (cookie, status) -> statuses.add(status);

    private Ranks ranks(boolean isSilent) {
        LoopFabric fabric = new LoopFabric();
        if (isSilent) {
            fabric.silentOfLastReceives();
        }
        Rank rank = Rank.of().on(fabric);
        Ranks ranks = new Ranks(new TestJob(2), List.of(rank, rank));
        ranks.rank(0).onError(errors::add);
        ranks.rank(1).onError(error -> {});
        return ranks;
    }

    private void send(Ranks ranks) {
        int before = statuses.size();
        assertThat(ranks.rank(0).send(1, 1, data, 0, 8, completed, 0)).isEqualTo(BtlStatus.OK);
        ranks.until(() -> statuses.size() > before);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReachThePeerHoweverOftenItRefusesAccess(boolean isSilent) {
        try (Ranks ranks = ranks(isSilent);
                RegisteredMemory own = ranks.rank(0).allocate(4096)) {
            RegisteredMemory gone = ranks.rank(1).allocate(4096);
            MemoryHandle stale = gone.handle();
            gone.close();
            Btl btl = ranks.rank(0);
            for (int i = 1; i <= TIMES; i++) {
                int count = i;
                assertThat(btl.put(1, own, 0, stale, 0, 64, completed, i)).isEqualTo(BtlStatus.OK);
                ranks.until(() -> statuses.size() == count);
            }
            assertThat(statuses).isEqualTo(Collections.nCopies(TIMES, BtlStatus.REMOTE_ACCESS));
            assertThat(errors)
                    .noneMatch(PeerError::isFinal)
                    .extracting(PeerError::cause)
                    .containsOnly(PeerError.Cause.CONNECTION_LOST);
            send(ranks);
            assertThat(statuses.get(TIMES)).isEqualTo(BtlStatus.OK);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReachThePeerHoweverOftenItIsGivenUp(boolean isSilent) {
        try (Ranks ranks = ranks(isSilent)) {
            for (int i = 0; i < TIMES; i++) {
                send(ranks);
                ranks.rank(0).disconnect(1);
            }
            assertThat(statuses).isEqualTo(Collections.nCopies(TIMES, BtlStatus.OK));
            assertThat(errors).isEmpty();
        }
    }
}
