package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.VerbsProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A port goes down, and comes back or not. */
@Timeout(60)
class PortOutageTest {
    private static final String DEVICE = "hard0";
    private static final int TAG = 1;
    private static final String[] LONG_GRACE = {"btl_openib_ib_timeout", "20", "btl_openib_ib_retry_count", "7"};
    private static final String[] SHORT_GRACE = {"btl_openib_ib_timeout", "8", "btl_openib_ib_retry_count", "0"};

    private final LoopFabric fabric = new LoopFabric("hard", VerbsProvider.HARDWARE);
    private final List<PeerError> errors = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocateDirect(8);
    private int received;

    private Ranks connected(String... parameters) {
        Ranks ranks = new Ranks(
                new TestJob(2),
                List.of(
                        Rank.of(parameters).on(fabric),
                        Rank.of(parameters).on(new LoopFabric("hard", VerbsProvider.HARDWARE))));
        ranks.rank(0).onError(errors::add);
        ranks.rank(1).onError(error -> {});
        ranks.rank(1).registerReceive(TAG, (peer, tag, bytes, offset, length) -> received++);
        connect(ranks);
        return ranks;
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    /** When a second event was taken, what the first one meant has been done. */
    private void report(Ranks ranks, AsyncEventType type) {
        fabric.report(DEVICE, type, 1);
        ranks.until(fabric::isHeard);
        fabric.report(DEVICE, AsyncEventType.CLIENT_REREGISTER, 1);
        ranks.until(fabric::isHeard);
    }

    private void send(Ranks ranks) {
        int before = received;
        assertThat(ranks.rank(0).send(1, TAG, data, 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
        ranks.until(() -> received > before);
    }

    @Test
    void shouldKeepConnectionsWhenThePortComesBackInTime() {
        try (Ranks ranks = connected(LONG_GRACE)) {
            report(ranks, AsyncEventType.PORT_ERR);
            send(ranks);
            report(ranks, AsyncEventType.PORT_ACTIVE);
            send(ranks);
            assertThat(errors).isEmpty();
        }
    }

    @Test
    void shouldEndConnectionsWhenThePortStaysDown() {
        try (Ranks ranks = connected(SHORT_GRACE)) {
            report(ranks, AsyncEventType.PORT_ERR);
            ranks.until(() -> !errors.isEmpty());
            assertThat(errors.get(0).isFinal()).isFalse();
            assertThat(errors.get(0).reason())
                    .contains("was lost on hard0:1: port hard0:1 was not ACTIVE again within 4 ms of PORT_ERR");
            assertThat(errors).hasSize(1);
        }
    }

    @Test
    void shouldEndTheConnectionsMadeMeanwhileAsWell() {
        try (Ranks ranks = connected(SHORT_GRACE)) {
            report(ranks, AsyncEventType.PORT_ERR);
            ranks.until(() -> errors.size() == 1);
            ranks.rank(0).connect(1);
            ranks.until(() -> errors.size() == 2);
            report(ranks, AsyncEventType.PORT_ACTIVE);
            connect(ranks);
            report(ranks, AsyncEventType.LID_CHANGE);
            assertThat(errors).hasSize(2);
        }
    }

    /** A device may take four times the timeout that it is told; no port is waited for longer than a minute. */
    @Test
    void shouldGiveConnectionsAsLongAsTheyWouldTakeThemselves() {
        assertThat(PortOutage.graceNs(14, 7)).isEqualTo(4L * 8 * (4096L << 14));
        assertThat(PortOutage.graceNs(12, 2)).isEqualTo(4L * 3 * (4096L << 12));
        assertThat(PortOutage.graceNs(20, 7)).isEqualTo(60_000_000_000L);
        assertThat(PortOutage.graceNs(0, 0)).isEqualTo(60_000_000_000L);
        assertThat(PortOutage.graceNs(31, 7)).isEqualTo(60_000_000_000L);
    }
}
