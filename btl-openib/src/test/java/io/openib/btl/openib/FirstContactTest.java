package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls to a peer of whom the launcher has still to tell what it has published. */
@Timeout(60)
class FirstContactTest {
    private final List<Integer> heard = new ArrayList<>();
    private final List<Integer> statuses = new ArrayList<>();
    private final List<PeerError> errors = new ArrayList<>();

    private void completed(long cookie, int status) {
        statuses.add(status);
    }

    private int send(Btl btl, int peer, int number) {
        return btl.send(peer, 1, ByteBuffer.allocate(4).putInt(0, number), 0, 4, this::completed, number);
    }

    private void hear(Btl btl) {
        btl.registerReceive(
                1,
                (peer, tag, data, offset, length) -> heard.add(
                        data.duplicate().order(java.nio.ByteOrder.BIG_ENDIAN).getInt(offset)));
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    @Test
    void shouldGoOnWithOthersWhileTheLauncherDoesNotAnswer() {
        try (Ranks ranks = new Ranks(3)) {
            Btl btl = ranks.rank(0);
            int[] answers = {0};
            ByteBuffer ball = ByteBuffer.allocate(8);
            ranks.rank(1).registerReceive(2, (peer, tag, data, offset, length) -> ranks.rank(1)
                    .send(peer, 2, ball));
            btl.registerReceive(2, (peer, tag, data, offset, length) -> answers[0]++);
            hear(ranks.rank(2));
            btl.send(1, 2, ball);
            ranks.until(() -> answers[0] == 1);

            ranks.job.silenceLauncher();
            upTo(20).forEach(i -> assertThat(send(btl, 2, i)).isEqualTo(BtlStatus.OK));
            for (int i = 2; i < 100; i++) {
                int goal = i;
                btl.send(1, 2, ball);
                ranks.until(() -> answers[0] == goal);
            }
            assertThat(heard).isEmpty();
            assertThat(btl.isConnected(2)).isFalse();

            ranks.job.answer();
            ranks.until(() -> statuses.size() == 20 && heard.size() == 20);
            assertThat(heard).isEqualTo(upTo(20));
            assertThat(statuses).containsOnly(BtlStatus.OK);
            assertThat(btl.isConnected(2)).isTrue();
        }
    }

    @Test
    void shouldDeliverWhatAnUnknownPeerSendsAndAnswerItLater() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            int[] asked = {0};
            btl.registerReceive(2, (peer, tag, data, offset, length) -> assertThat(send(btl, peer, asked[0]++))
                    .isEqualTo(BtlStatus.OK));
            hear(ranks.rank(1));
            silenceTo(ranks);
            for (int i = 1; i <= 5; i++) {
                int goal = i;
                ranks.rank(1).send(0, 2, ByteBuffer.allocate(8));
                ranks.until(() -> asked[0] == goal);
            }
            assertThat(heard).isEmpty();
            ranks.job.answer();
            ranks.until(() -> heard.size() == 5);
            assertThat(heard).isEqualTo(upTo(5));
            assertThat(btl.isConnected(1)).isTrue();
            assertThat(btl.counters()).containsEntry("callback_failures", 0L);
        }
    }

    /** Fewer may wait for the connection than are sent, so that some are still held when others could go at once. */
    @Test
    void shouldBoundWhatIsHeldAndKeepItsOrder() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            ranks.job.silenceLauncher();
            int[] sent = {0};
            while (send(btl, 1, sent[0]) == BtlStatus.OK) {
                sent[0]++;
            }
            assertThat(sent[0]).isEqualTo(4);
            ranks.job.answer();
            ranks.until(() -> {
                while (sent[0] < 1_000 && send(btl, 1, sent[0]) == BtlStatus.OK) {
                    sent[0]++;
                }
                return heard.size() == 1_000;
            });
            assertThat(heard).isEqualTo(upTo(1_000));
        }
    }

    @Test
    void shouldHoldPutsAndGetsAndBeginToConnectForAtomics() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            RegisteredMemory target = ranks.rank(1).allocate(64);
            RegisteredMemory local = btl.allocate(64);
            MemoryHandle handle = target.handle();
            target.buffer().putInt(32, 4711);
            local.buffer().putInt(0, 42);
            ByteBuffer bytes = ByteBuffer.allocate(4).order(target.buffer().order());
            ranks.job.silenceLauncher();
            assertThat(btl.fetchAdd(1, local, 56, handle, 56, 7, this::completed, 0))
                    .isEqualTo(BtlStatus.NOT_CONNECTED);
            assertThat(btl.put(1, local, 0, handle, 0, 4, this::completed, 1)).isEqualTo(BtlStatus.OK);
            assertThat(btl.get(1, local, 4, handle, 32, 4, this::completed, 2)).isEqualTo(BtlStatus.OK);
            assertThat(btl.getBytes(1, bytes, 0, handle, 32, 4, this::completed, 3))
                    .isEqualTo(BtlStatus.OK);
            ranks.job.answer();
            ranks.until(() -> statuses.size() == 3);
            assertThat(statuses).containsOnly(BtlStatus.OK);
            assertThat(target.buffer().getInt(0)).isEqualTo(42);
            assertThat(local.buffer().getInt(4)).isEqualTo(4711);
            assertThat(bytes.getInt(0)).isEqualTo(4711);
            List.of(target, local).forEach(RegisteredMemory::close);
        }
    }

    @Test
    void shouldConnectAtOnceToAPeerThatWasAskedFor() {
        try (Ranks ranks = new Ranks(2)) {
            ranks.job.silenceLauncher();
            assertThat(ranks.rank(0).connect(1)).isEqualTo(BtlStatus.OK);
            ranks.job.answer();
            ranks.until(() -> ranks.rank(0).isConnected(1));
        }
    }

    /** The owner's and another thread's; what is sent from when it is told of waits for the next answer. */
    @Test
    void shouldFailWhatHasWaitedWhenTheLauncherGivesNoAnswerAndAskAgainForMore() throws InterruptedException {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            btl.onError(error -> {
                errors.add(error);
                ranks.job.recover();
                assertThat(send(btl, 1, 4)).isEqualTo(BtlStatus.OK);
            });
            ranks.job.silenceLauncher();
            upTo(3).forEach(i -> assertThat(send(btl, 1, i)).isEqualTo(BtlStatus.OK));
            Thread other = new Thread(() -> send(btl, 1, 3));
            other.start();
            other.join();
            btl.progress();
            ranks.job.giveUp();
            ranks.until(() -> statuses.size() == 5);
            assertThat(statuses.subList(0, 4)).containsOnly(BtlStatus.PEER_FAILED);
            assertThat(statuses.get(4)).isEqualTo(BtlStatus.OK);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).reason()).contains("no get_result within 7 ms");
            assertThat(errors.get(0).isFinal()).isFalse();
            send(btl, 1, 5);
            ranks.until(() -> heard.size() == 2);
            assertThat(heard).containsExactly(4, 5);
        }
    }

    @Test
    void shouldFailWhatIsHeldWhenThePeerDies() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.job.silenceLauncher();
            assertThat(send(btl, 1, 0)).isEqualTo(BtlStatus.OK);
            ranks.job.die(1);
            ranks.until(() -> !statuses.isEmpty() && !errors.isEmpty());
            ranks.job.answer();
            ranks.until(() -> true);
            assertThat(statuses).containsExactly(BtlStatus.PEER_FAILED);
            assertThat(errors).hasSize(1);
            assertThat(send(btl, 1, 1)).isEqualTo(BtlStatus.PEER_FAILED);
        }
    }

    @Test
    void shouldCloseInItsTimeAndSayOfWhatIsHeldThatItIsClosed() {
        try (Ranks ranks = new Ranks(2, "btl_openib_close_timeout", "50")) {
            Btl btl = ranks.rank(0);
            ranks.job.silenceLauncher();
            assertThat(send(btl, 1, 0)).isEqualTo(BtlStatus.OK);
            ranks.forget(btl);
            btl.close();
            assertThat(statuses).containsExactly(BtlStatus.CLOSED);
            ranks.job.answer();
        }
    }

    /** One peer is unknown, one sleeps and takes no more; what is for the third goes by both. */
    @Test
    void shouldLetTheCallsOfOtherThreadsToOnePeerWaitForNoOther() throws InterruptedException {
        try (Ranks ranks = new Ranks(4, "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            connect(ranks, 1);
            connect(ranks, 2);
            ByteBuffer big = ByteBuffer.allocate(20_000);
            while (btl.send(2, 1, big) == BtlStatus.OK) {
                btl.progress();
            }
            ranks.job.silenceLauncher();
            List<Integer> codes = new ArrayList<>();
            Thread other = new Thread(() -> {
                for (int i = 0; i < 8; i++) {
                    codes.add(btl.send(2, 1, big));
                    codes.add(btl.send(3, 1, big));
                    codes.add(send(btl, 1, i));
                }
            });
            other.start();
            other.join();
            assertThat(codes).containsOnly(BtlStatus.OK);
            List<Btl> awake = List.of(btl, ranks.rank(1), ranks.rank(3));
            while (heard.size() < 8) {
                awake.forEach(Btl::progress);
            }
            assertThat(heard).isEqualTo(upTo(8));
            assertThat(btl.isConnected(3)).isFalse();
            ranks.job.answer();
            ranks.until(() -> btl.isConnected(3));
        }
    }

    private static void connect(Ranks ranks, int peer) {
        ranks.rank(0).connect(peer);
        ranks.until(() -> ranks.rank(0).isConnected(peer) && ranks.rank(peer).isConnected(0));
    }

    /** More than the receives that a connection begins with: it returns credits before there is a way back. */
    @Test
    void shouldHearALongStreamOfAnUnknownPeer() {
        try (Ranks ranks = new Ranks(2)) {
            hear(ranks.rank(0));
            silenceTo(ranks);
            int[] sent = {0};
            ranks.until(() -> {
                while (sent[0] < 5_000 && send(ranks.rank(1), 0, sent[0]) == BtlStatus.OK) {
                    sent[0]++;
                }
                return heard.size() == 5_000;
            });
            assertThat(heard).isEqualTo(upTo(5_000));
            ranks.job.answer();
        }
    }

    @Test
    void shouldTellAnUnknownPeerThatItLeaves() {
        try (Ranks ranks = new Ranks(2)) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            peer.onError(errors::add);
            hear(leaver);
            silenceTo(ranks);
            send(peer, 0, 0);
            ranks.until(() -> heard.size() == 1 && peer.isConnected(0));
            ranks.forget(leaver);
            leaver.close();
            ranks.until(() -> !peer.isConnected(0));
            assertThat(send(peer, 0, 1)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(errors).isEmpty();
            ranks.job.answer();
        }
    }

    @Test
    void shouldGoOnHearingAPeerToWhichThereIsNoWayBack() {
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(errors::add);
            hear(ranks.rank(0));
            silenceTo(ranks);
            ranks.job.giveUp();
            for (int i = 0; i < 1_000; i++) {
                int goal = i + 1;
                assertThat(send(ranks.rank(1), 0, i)).isEqualTo(BtlStatus.OK);
                ranks.until(() -> heard.size() == goal);
            }
            ranks.until(() -> statuses.size() == 1_000 && !errors.isEmpty());
            assertThat(statuses).containsOnly(BtlStatus.OK);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).peer()).isEqualTo(1);
        }
    }

    @Test
    void shouldHearNoMoreOfAPeerThatDiedThoughThereWasNoWayBack() {
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(error -> {});
            hear(ranks.rank(0));
            silenceTo(ranks);
            ranks.job.giveUp();
            assertThat(send(ranks.rank(1), 0, 0)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard.size() == 1 && statuses.size() == 1 && !errors.isEmpty());
            ranks.job.die(1);
            ranks.rank(0).progress();
            assertThat(send(ranks.rank(1), 0, 1)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> statuses.size() == 2);
            assertThat(statuses).containsExactly(BtlStatus.OK, BtlStatus.PEER_FAILED);
            assertThat(heard).hasSize(1);
        }
    }

    /** The peer has lost its first connection; that is none of its next one's. */
    @Test
    void shouldGoOnByTheLastConnectionOfAPeerThatWasUnknown() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            hear(btl);
            silenceTo(ranks);
            for (int i = 0; i < 3; i++) {
                int goal = i + 1;
                assertThat(send(ranks.rank(1), 0, i)).isEqualTo(BtlStatus.OK);
                ranks.until(() -> heard.size() == goal && statuses.size() == goal);
                LoopFabric.breakAll();
                ranks.until(() -> !ranks.rank(1).isConnected(0));
            }
            assertThat(send(ranks.rank(1), 0, 3)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard.size() == 4);
            ranks.job.answer();
            ranks.until(() -> btl.isConnected(1));
            hear(ranks.rank(1));
            assertThat(send(btl, 1, 4)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard.size() == 5 && statuses.size() == 5);
            assertThat(statuses).containsOnly(BtlStatus.OK);
            assertThat(errors).isEmpty();
        }
    }

    @Test
    void shouldHoldNoMoreThanABudgetOfBytesForAllPeers() {
        int peers = 8;
        try (Ranks ranks = new Ranks(peers + 1)) {
            Btl btl = ranks.rank(0);
            int[] arrived = {0};
            for (int peer = 1; peer <= peers; peer++) {
                ranks.rank(peer).registerReceive(1, (rank, tag, data, offset, length) -> arrived[0]++);
            }
            ranks.job.silenceLauncher();
            ByteBuffer most = ByteBuffer.allocate(btl.maxSendBytes());
            int accepted = 0;
            for (int peer = 1; peer <= peers; peer++) {
                while (btl.send(peer, 1, most, 0, most.capacity(), this::completed, 0) == BtlStatus.OK) {
                    accepted++;
                }
            }
            assertThat((long) accepted * most.capacity()).isBetween(15L << 20, 16L << 20);
            ranks.job.answer();
            int total = accepted;
            ranks.until(() -> arrived[0] == total && statuses.size() == total);
            assertThat(statuses).containsOnly(BtlStatus.OK);
        }
    }

    /** However much it sends, and others before it: once it is known, what waits goes first, and then there is a way. */
    @Test
    void shouldComeToAWayThoughTheOwnerNeverStopsSending() throws InterruptedException {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "1024", "btl_openib_thread_queue", "2048")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            ranks.job.silenceLauncher();
            Thread other = new Thread(() -> upTo(600).forEach(i -> send(btl, 1, -1)));
            other.start();
            other.join();
            btl.progress(); // what others have called stands in front from now on
            int[] sent = {0};
            while (send(btl, 1, sent[0]) == BtlStatus.OK) {
                sent[0]++;
            }
            ranks.job.answer();
            ranks.until(() -> {
                while (send(btl, 1, sent[0]) == BtlStatus.OK) {
                    sent[0]++;
                }
                return btl.isConnected(1);
            });
            ranks.until(() -> heard.size() == sent[0] + 600);
            heard.removeIf(number -> number < 0);
            assertThat(heard).isEqualTo(upTo(sent[0]));
        }
    }

    /** The launcher answers rank 1 what it asks for rank 0, and then nobody anything. */
    private static void silenceTo(Ranks ranks) {
        assertThat(ranks.rank(1).peer(0).host()).isEqualTo("here");
        ranks.job.silenceLauncher();
    }
}
