package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopWireup;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that could not be reached, as often as may be, and that live all the same. */
@Timeout(60)
class GivenUpPeersTest {
    private static final int TAG = 1;

    private final LoopWireup wireup = new LoopWireup();
    private final List<PeerError> errors = new ArrayList<>();
    private final List<WireupEvent> events = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocate(8);
    private int heard;

    private Ranks ranks(String reconnects) {
        Rank rank = Rank.of("btl_openib_reconnects", reconnects).with(wireup);
        Ranks ranks = new Ranks(new TestJob(2), Collections.nCopies(2, rank));
        ranks.rank(0).onError(errors::add);
        ranks.rank(0).onWireup(events::add);
        ranks.rank(1).registerReceive(TAG, (peer, tag, bytes, offset, length) -> heard++);
        return ranks;
    }

    private int send(Btl btl) {
        return btl.send(1, TAG, data, 0, 8, null, 0);
    }

    private void giveUp(Ranks ranks) {
        wireup.fail(true);
        ranks.until(() -> send(ranks.rank(0)) == BtlStatus.PEER_FAILED && !errors.isEmpty());
        assertThat(errors.get(errors.size() - 1).isFinal()).isTrue();
    }

    private static void connect(Ranks ranks, boolean isOwner) throws InterruptedException {
        int[] code = {Integer.MIN_VALUE};
        Thread thread = new Thread(() -> code[0] = ranks.rank(0).connect(1));
        if (isOwner) {
            code[0] = ranks.rank(0).connect(1);
        } else {
            thread.start();
            thread.join();
        }
        assertThat(code[0]).isEqualTo(BtlStatus.OK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeAPeerUpAgainWhenTheProgramAsksForIt(boolean isOwner) throws Exception {
        try (Ranks ranks = ranks("2")) {
            giveUp(ranks);
            assertThat(events).hasSize(3);
            wireup.fail(false);
            assertThat(send(ranks.rank(0))).isEqualTo(BtlStatus.PEER_FAILED);
            connect(ranks, isOwner);
            ranks.until(() -> ranks.rank(0).isConnected(1));
            assertThat(send(ranks.rank(0))).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard == 1);
        }
    }

    @Test
    void shouldTryAsOftenAgainAndThenGiveUpAgain() throws Exception {
        try (Ranks ranks = ranks("2")) {
            giveUp(ranks);
            connect(ranks, true);
            ranks.until(() -> send(ranks.rank(0)) == BtlStatus.PEER_FAILED);
            assertThat(events).hasSize(6);
            assertThat(errors).extracting(PeerError::isFinal).containsExactly(false, false, true, false, false, true);
        }
    }

    @Test
    void shouldTakeUpNobodyWhoHasDied() {
        try (Ranks ranks = ranks("2")) {
            giveUp(ranks);
            wireup.fail(false);
            ranks.job.die(1);
            Btl btl = ranks.rank(0);
            ranks.until(() -> btl.connect(1) == BtlStatus.PEER_FAILED);
            assertThat(send(btl)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(btl.isConnected(1)).isFalse();
        }
    }

    @Test
    void shouldTryWithoutEndWhereThatIsWanted() {
        try (Ranks ranks = ranks("-1")) {
            wireup.fail(true);
            ranks.until(() -> {
                assertThat(send(ranks.rank(0))).isNotEqualTo(BtlStatus.PEER_FAILED);
                return events.size() > 50;
            });
            assertThat(errors).noneMatch(PeerError::isFinal);
            wireup.fail(false);
            ranks.until(() -> send(ranks.rank(0)) == BtlStatus.OK && heard > 0);
        }
    }
}
