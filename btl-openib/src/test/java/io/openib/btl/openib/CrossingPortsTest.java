package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two ranks with two ports each connect at once, each by another port, and each hears last of what the other one has made. */
@Timeout(60)
class CrossingPortsTest {
    private static final int TAG = 1;
    private static final int BYTES = 8;
    private static final String FIRST = "loop0:1";
    private static final String SECOND = "loop0:2";

    private static final int LOWER = 0;
    /** Each second rank of a host begins with the same port. */
    private static final int HIGHER = 2;

    private static final int[] BOTH = {LOWER, HIGHER};

    private final ByteBuffer data = ByteBuffer.allocateDirect(BYTES);
    private final List<List<PeerError>> errors = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final List<List<WireupEvent>> events = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    private final int[] received = new int[3];
    private int before;
    private final List<LoopFabric> fabrics =
            List.of(new LoopFabric().withTwoPorts(), new LoopFabric(), new LoopFabric().withTwoPorts());

    /** Rank {@code one} connects by the first port; the other one, to which that has failed before, by the second. */
    private Ranks crossed(int one) {
        int other = other(one);
        LoopWireup wireup = new LoopWireup("oob", true);
        List<Rank> made = new ArrayList<>();
        for (LoopFabric fabric : fabrics) {
            Rank rank = Rank.of("btl_openib_reconnects", "-1").on(fabric);
            made.add(made.size() == other ? rank.with(wireup) : rank);
        }
        Ranks ranks = new Ranks(new TestJob(3), made);
        for (int rank : BOTH) {
            int number = rank;
            ranks.rank(rank).onWireup(events.get(rank)::add);
            ranks.rank(rank).registerReceive(TAG, (peer, tag, bytes, offset, length) -> received[number]++);
        }
        ranks.rank(other).onError(error -> {});
        ranks.until(() -> {
            boolean isThere = ranks.rank(other).peer(one).device().equals(SECOND);
            return isThere || ranks.rank(other).connect(one) != BtlStatus.OK;
        });
        wireup.fail(false);
        before = fabrics.get(other).objects().open();
        events.forEach(List::clear);
        for (int rank : BOTH) {
            ranks.rank(rank).onError(errors.get(rank)::add);
        }
        LoopWireup.reportByTraffic(ranks.job.id(), other);
        assertThat(ranks.rank(one).connect(other)).isEqualTo(BtlStatus.OK);
        alone(ranks.rank(one), btl -> btl.isConnected(other));
        assertThat(ranks.rank(one).send(other, TAG, data, 0, BYTES, null, 0)).isEqualTo(BtlStatus.OK);
        assertThat(ranks.rank(other).connect(one)).isEqualTo(BtlStatus.OK);
        alone(ranks.rank(one), btl -> btl.peer(other).device().equals(SECOND) && btl.isConnected(other));
        ranks.until(() -> events.get(other).size() == 2);
        assertThat(events.get(one)).extracting(WireupEvent::device).containsExactly(FIRST, SECOND);
        assertThat(events.get(other)).extracting(WireupEvent::device).containsExactly(SECOND, FIRST);
        assertThat(received[other]).isEqualTo(1);
        return ranks;
    }

    private static int other(int rank) {
        return LOWER + HIGHER - rank;
    }

    /** Progresses one rank until something is so; the other one has not looked at anything since. */
    private static void alone(Btl btl, Predicate<Btl> isSo) {
        long startNs = System.nanoTime();
        while (!isSo.test(btl)) {
            assertThat(System.nanoTime() - startNs).as("ns").isLessThan(20_000_000_000L);
            btl.progress();
        }
    }

    private void sendUntilItComes(Ranks ranks, int from) {
        int to = other(from);
        int count = received[to];
        ranks.until(() -> {
            assertThat(ranks.rank(from).send(to, TAG, data, 0, BYTES, null, 0)).isNotEqualTo(BtlStatus.PEER_FAILED);
            return received[to] > count;
        });
    }

    private void sendOne(Ranks ranks, int from) {
        List<Integer> statuses = new ArrayList<>();
        assertThat(ranks.rank(from).send(other(from), TAG, data, 0, BYTES, (cookie, status) -> statuses.add(status), 0))
                .isEqualTo(BtlStatus.OK);
        ranks.until(() -> !statuses.isEmpty());
        assertThat(statuses).containsExactly(BtlStatus.OK);
    }

    @ParameterizedTest
    @ValueSource(ints = {LOWER, HIGHER})
    void shouldKeepTheSameOfTwoConnectionsOnBothSides(int one) {
        try (Ranks ranks = crossed(one)) {
            sendUntilItComes(ranks, LOWER);
            sendUntilItComes(ranks, HIGHER);
            String kept = one == LOWER ? SECOND : FIRST; // of which the lower rank has heard last
            for (int rank : BOTH) {
                assertThat(events.get(rank)).as("no further one").hasSize(2);
                assertThat(errors.get(rank)).extracting(PeerError::cause).containsOnly(Cause.RECONNECTED);
                assertThat(ranks.rank(rank).peer(other(rank)).device()).isEqualTo(kept);
                sendOne(ranks, rank);
            }
            assertThat(errors.get(LOWER)).hasSize(1);
        }
    }

    /** The lower rank has ended the one that the higher one sends by, whose port is gone before that is noticed. */
    @Test
    void shouldGoOnByTheOtherConnectionWhenThePortOfTheOneInUseIsGivenUp() {
        try (Ranks ranks = crossed(LOWER)) {
            assertThat(ranks.rank(HIGHER).peer(LOWER).device()).isEqualTo(FIRST);
            fabrics.get(HIGHER).reportQueue("loop0", 0);
            ranks.until(() -> errors.get(HIGHER).size() == 2);
            assertThat(errors.get(HIGHER).get(1).reason()).contains("was lost on " + FIRST, "CQ_ERR", SECOND);
            sendOne(ranks, HIGHER);
            sendOne(ranks, LOWER);
            assertThat(events.get(HIGHER)).hasSize(2);
        }
    }

    @Test
    void shouldEndBothWhenTheProgramDisconnects() {
        try (Ranks ranks = crossed(LOWER)) {
            ranks.rank(HIGHER).disconnect(LOWER);
            ranks.until(() -> fabrics.get(HIGHER).objects().open() == before);
            assertThat(ranks.rank(HIGHER).isConnected(LOWER)).isFalse();
        }
    }

    @Test
    void shouldEndBothWhenThePeerLeaves() {
        try (Ranks ranks = crossed(LOWER)) {
            Btl leaving = ranks.rank(LOWER);
            ranks.forget(leaving);
            leaving.close();
            ranks.until(() -> fabrics.get(HIGHER).objects().open() == before);
        }
    }
}
