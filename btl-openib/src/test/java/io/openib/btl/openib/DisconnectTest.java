package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program gives up a peer of whom the transport knows nothing bad. */
@Timeout(60)
class DisconnectTest {
    private static final int TAG = 1;
    private static final int MOST = 100_000;

    private final Map<Long, List<Integer>> completions = new TreeMap<>();
    private final List<PeerError> errors = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocateDirect(60_000);
    private long accepted;
    private int depth;
    private int deepest;
    private int heard;

    private void completed(long cookie, int status) {
        deepest = Math.max(deepest, ++depth);
        completions.computeIfAbsent(cookie, key -> new ArrayList<>()).add(status);
        depth--;
    }

    /** Alone: the peer hangs. */
    private void untilAllCompleted(Btl btl) {
        long endNs = System.nanoTime() + 20_000_000_000L;
        while (completions.size() < accepted) {
            assertThat(System.nanoTime() - endNs)
                    .as("%d of %d", completions.size(), accepted)
                    .isNegative();
            btl.progress();
        }
        for (int round = 0; round < 100; round++) {
            btl.progress();
        }
        assertThat(completions.values()).hasSize((int) accepted).allMatch(statuses -> statuses.size() == 1);
    }

    private void fill(Btl btl, int bytes) {
        for (int i = 0; i < MOST && btl.send(1, TAG, data, 0, bytes, this::completed, accepted) == BtlStatus.OK; i++) {
            accepted++;
        }
    }

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_900, 20_000, 60_000})
    void shouldCompleteAllOnceThoughThePeerHangsAndConnectAnew(int bytes) {
        try (Ranks ranks = new Ranks(2);
                RegisteredMemory own = ranks.rank(0).allocate(1 << 20);
                RegisteredMemory far = ranks.rank(1).allocate(1 << 20)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            fill(btl, bytes);
            for (int i = 0; i < 20; i++) {
                int code = btl.put(1, own, 0, far.handle(), 0, 1 << 20, this::completed, accepted);
                accepted += code == BtlStatus.OK ? 1 : 0;
                code = btl.putBytes(1, data, 0, far.handle(), 0, 60_000, this::completed, accepted);
                accepted += code == BtlStatus.OK ? 1 : 0;
            }
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            assertThat(btl.isConnected(1)).isFalse();
            assertThat(btl.disconnect(1)).as("again").isEqualTo(BtlStatus.OK);
            untilAllCompleted(btl);
            assertThat(completions.values())
                    .anyMatch(statuses -> statuses.get(0) == BtlStatus.PEER_FAILED)
                    .allMatch(statuses -> statuses.get(0) == BtlStatus.PEER_FAILED || statuses.get(0) == BtlStatus.OK);
            assertThat(errors).isEmpty();
            ranks.rank(1).registerReceive(2, (peer, tag, buffer, offset, length) -> heard++);
            assertThat(btl.send(1, 2, data, 0, bytes, this::completed, accepted++))
                    .isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard == 1 && completions.size() == accepted);
            assertThat(completions.get(accepted - 1)).containsExactly(BtlStatus.OK);
            assertThat(errors).isEmpty();
        }
    }

    /** What its handlers send meanwhile goes by the next connection, and none of them is called within another one. */
    @Test
    void shouldTellNobodyWithinTheCallbackThatDisconnects() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            CompletionHandler again = (cookie, status) -> {
                completed(cookie, status);
                if (status == BtlStatus.PEER_FAILED && heard == 0) {
                    heard = -1;
                    assertThat(btl.send(1, 2, data, 0, 8, this::completed, accepted++))
                            .isEqualTo(BtlStatus.OK);
                }
            };
            btl.registerReceive(TAG, (peer, tag, buffer, offset, length) -> {
                depth++;
                while (btl.send(1, TAG, data, 0, 100, again, accepted) == BtlStatus.OK) {
                    accepted++;
                }
                assertThat(btl.disconnect(peer)).isEqualTo(BtlStatus.OK);
                depth--;
            });
            ranks.rank(1).registerReceive(2, (peer, tag, buffer, offset, length) -> heard = 1);
            ranks.rank(1).send(0, TAG, data, 0, 8, null, 0);
            ranks.until(() -> heard == 1 && completions.size() == accepted);
            assertThat(deepest).as("callbacks within one another").isEqualTo(1);
            assertThat(completions.values()).allMatch(statuses -> statuses.size() == 1);
            assertThat(errors).isEmpty();
            assertThat(btl.counters()).containsEntry("callback_failures", 0L);
        }
    }

    /** Nothing is known of the peer yet, and the launcher does not answer. */
    @Test
    void shouldGiveUpWhatIsHeldForAPeerOfWhomNothingIsKnown() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).registerReceive(TAG, (peer, tag, buffer, offset, length) -> heard++);
            ranks.job.silenceLauncher();
            for (int i = 0; i < 5; i++) {
                assertThat(btl.send(1, TAG, data, 0, 8, this::completed, accepted++))
                        .isEqualTo(BtlStatus.OK);
            }
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            untilAllCompleted(btl);
            assertThat(completions.values()).containsOnly(List.of(BtlStatus.PEER_FAILED));
            assertThat(btl.send(1, TAG, data, 0, 8, this::completed, accepted++))
                    .isEqualTo(BtlStatus.OK);
            ranks.job.answer();
            ranks.until(() -> heard == 1 && completions.size() == accepted);
            assertThat(completions.get(accepted - 1)).containsExactly(BtlStatus.OK);
            assertThat(errors).isEmpty();
        }
    }

    @Test
    void shouldGiveUpWhatOtherThreadsHaveAskedFor() throws Exception {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            ranks.rank(1).onError(error -> {});
            fill(btl, 100);
            long firstOfOther = accepted;
            Thread other = new Thread(() -> fill(btl, 100));
            other.start();
            other.join();
            int[] code = {0};
            Thread wrong = new Thread(() -> code[0] = btl.disconnect(1));
            wrong.start();
            wrong.join();
            assertThat(code[0]).isEqualTo(BtlStatus.NOT_OWNER);
            assertThat(accepted).isGreaterThan(firstOfOther);
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            untilAllCompleted(btl);
            for (long cookie = firstOfOther; cookie < accepted; cookie++) {
                assertThat(completions.get(cookie)).containsExactly(BtlStatus.PEER_FAILED);
            }
        }
    }

    @Test
    void shouldAnswerByNameWhereThereIsNothingToGiveUp() {
        Btl btl;
        try (Ranks ranks = new Ranks(2)) {
            btl = ranks.rank(0);
            assertThat(btl.disconnect(2)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.disconnect(-1)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            ranks.job.die(1);
            ranks.until(() -> btl.connect(1) == BtlStatus.PEER_FAILED);
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            assertThat(btl.connect(1)).isEqualTo(BtlStatus.PEER_FAILED);
        }
        assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.CLOSED);
    }

    /** It sends nothing by which it would find out, and a device that does would look for the other for half a minute. */
    @ParameterizedTest
    @ValueSource(strings = {"P,128,16,8,4:S,65536,16", "S,128,16:S,65536,16"})
    void shouldTellThePeerThatItIsGivenUp(String queues) {
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", queues, "btl_openib_keepalive", "0")) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            Btl peer = ranks.rank(1);
            peer.onError(errors::add);
            peer.registerReceive(TAG, (from, tag, buffer, offset, length) -> heard++);
            for (int i = 0; i < 2; i++) {
                assertThat(btl.send(1, TAG, data, 0, 100, null, 0)).isEqualTo(BtlStatus.OK);
            }
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> !errors.isEmpty());
            assertThat(peer.isConnected(0)).isFalse();
            assertThat(heard).isEqualTo(2);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).cause()).isEqualTo(PeerError.Cause.CONNECTION_LOST);
            assertThat(errors.get(0).reason()).contains("the peer has given up the connection");
            connect(ranks);
        }
    }

    /** With the next round, which closing makes. */
    @Test
    void shouldCompleteAllThoughItIsClosedAtOnce() {
        try (Ranks ranks = new Ranks(2, "btl_openib_close_timeout", "200")) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            fill(btl, 100);
            assertThat(btl.disconnect(1)).isEqualTo(BtlStatus.OK);
            ranks.forget(btl);
            btl.close();
            assertThat(completions.values()).hasSize((int) accepted).allMatch(statuses -> statuses.size() == 1);
        }
    }
}
