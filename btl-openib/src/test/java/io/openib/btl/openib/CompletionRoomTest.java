package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rank with more connections than its completion queues begin with room for. */
@Timeout(60)
class CompletionRoomTest {
    /** Connections that there is room for at first. */
    private static final int ROOM = 32;

    private static final int RANKS = 40;
    private static final int CREDITS = 64;

    /** Completions of sends that can be waiting, of a connection: also for transfers, and in reserve. */
    private static final int ENTRIES = CREDITS + 64 + 5;

    private final LoopFabric fabric = new LoopFabric("loop", VerbsProvider.SOFTWARE);
    private final List<WireupEvent> events = new ArrayList<>();
    private final int[] heard = new int[RANKS];
    private final ByteBuffer data = ByteBuffer.allocate(1);
    private boolean isInOrder = true;

    private Ranks ranks() {
        List<Rank> all = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            Rank one = Rank.of("btl_openib_receive_queues", "P,128," + CREDITS + ",48,32,1", "btl_openib_cq_size", "1");
            all.add(rank == 0 ? one.on(fabric) : one);
        }
        Ranks ranks = new Ranks(new TestJob(RANKS), all);
        ranks.rank(0).onWireup(events::add);
        ranks.rank(0).registerReceive(1, (peer, tag, buffer, offset, length) -> {
            isInOrder &= buffer.get(offset) == heard[peer]++;
        });
        return ranks;
    }

    private static void connect(Ranks ranks, int peer) {
        ranks.rank(0).connect(peer);
        ranks.until(() -> ranks.rank(0).isConnected(peer) && ranks.rank(peer).isConnected(0));
    }

    /** All that rank 0 has posted receives for, while it does not look. */
    private void sendAll(Btl from) {
        for (int i = 0; i < CREDITS; i++) {
            data.put(0, (byte) i);
            assertThat(from.send(0, 1, data, 0, 1, null, 0)).isEqualTo(BtlStatus.OK);
        }
    }

    private void exchange(Ranks ranks, int peers) {
        for (int peer = 1; peer <= peers; peer++) {
            sendAll(ranks.rank(peer));
        }
        ranks.until(() -> isHeard(peers));
        assertThat(isInOrder).isTrue();
    }

    private boolean isHeard(int peers) {
        for (int peer = 1; peer <= peers; peer++) {
            if (heard[peer] < CREDITS) {
                return false;
            }
        }
        return true;
    }

    @Test
    void shouldGrowAsConnectionsAreMadeAndLoseNothing() {
        try (Ranks ranks = ranks()) {
            for (int peer = 1; peer <= ROOM; peer++) {
                connect(ranks, peer);
            }
            assertThat(fabric.queuesResized()).as("but for the trial").isEqualTo(1);
            sendAll(ranks.rank(1)); // some wait while the queues grow
            for (int peer = ROOM + 1; peer < RANKS; peer++) {
                connect(ranks, peer);
            }
            assertThat(fabric.queuesResized()).as("each once").isEqualTo(3);
            ranks.until(() -> isHeard(1));
            heard[1] = 0;
            exchange(ranks, RANKS - 1);
        }
    }

    @Test
    void shouldHaveRoomForAllFromTheBeginningWhereQueuesCannotBeResized() {
        fabric.refusesToResize(Errno.EOPNOTSUPP);
        try (Ranks ranks = ranks()) {
            for (int peer = 1; peer < RANKS; peer++) {
                connect(ranks, peer);
            }
            exchange(ranks, RANKS - 1);
        }
    }

    @Test
    void shouldFailOneConnectionWhenTheyCannotGrowAndMakeItWhenTheyCan() {
        try (Ranks ranks = ranks()) {
            for (int peer = 1; peer <= ROOM; peer++) {
                connect(ranks, peer);
            }
            fabric.refusesToResize(Errno.ENOMEM);
            events.clear();
            ranks.rank(0).onError(error -> {});
            ranks.rank(0).connect(ROOM + 1);
            ranks.until(() -> !events.isEmpty());
            assertThat(events.get(0).isConnected()).isFalse();
            assertThat(events.get(0).reason())
                    .contains("ibv_resize_cq on loop0: ENOMEM, connection 33 needs a larger completion queue")
                    .contains("2211 entries are refused, it stays at 2144")
                    .contains("limit is 1048576")
                    .contains("ulimit -l");
            exchange(ranks, ROOM);
            fabric.refusesToResize(0);
            connect(ranks, ROOM + 1);
        }
    }

    /** Such as where little memory may be locked. */
    @Test
    void shouldGrowByWhatIsNeededWhereThereIsNoRoomAhead() {
        try (Ranks ranks = ranks()) {
            for (int peer = 1; peer <= ROOM; peer++) {
                connect(ranks, peer);
            }
            fabric.resizesNoFurtherThan((RANKS - 1) * ENTRIES);
            for (int peer = ROOM + 1; peer < RANKS; peer++) {
                connect(ranks, peer);
            }
            exchange(ranks, RANKS - 1);
        }
    }
}
