package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What peers make of a rank that closes while they connect to it, and what it leaves. */
@Timeout(60)
class LeavingTest {
    private static final String QUEUES = "P,128,8,6,4:S,65536,8,6,4,4,2";

    private final List<PeerError> errors = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocate(65_536);

    /** A message to the rank that leaves, which has it and does not look. */
    private void sendTo(Btl peer, int tag) {
        int[] sent = {0};
        assertThat(peer.send(0, tag, data, 0, 8, (cookie, status) -> sent[0]++, 0))
                .isEqualTo(BtlStatus.OK);
        while (sent[0] == 0) {
            peer.progress();
        }
    }

    private void assertGone(Ranks ranks, Btl peer) {
        ranks.until(() -> !peer.isConnected(0));
        assertThat(errors).isEmpty();
        assertThat(peer.send(0, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
    }

    /** It has sent, and the rank that leaves learns only while it does that they are connected. */
    @Test
    void shouldSayGoodbyeToAPeerThatHasJustConnected() {
        try (Ranks ranks = new Ranks(2)) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            int[] heard = {0};
            CountDownLatch gate = new CountDownLatch(1);
            leaver.registerReceive(1, (from, tag, buffer, offset, length) -> heard[0]++);
            leaver.registerReceive(2, (from, tag, buffer, offset, length) -> gate.countDown());
            peer.onError(errors::add);
            LoopWireup.holdReports(ranks.job.id(), 0, gate);
            assertThat(peer.send(0, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard[0] == 1 && peer.isConnected(0));
            assertThat(leaver.isConnected(1)).isFalse();
            sendTo(peer, 2);
            ranks.forget(leaver);
            leaver.close();
            assertGone(ranks, peer);
        }
    }

    /** Small messages and large ones come by different queues, of which the goodbye takes the first. */
    @RepeatedTest(20)
    void shouldTellOfAPeerThatHasLeftBehindTheLastOfItsMessages() {
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", QUEUES)) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            int[] heard = {0};
            List<Integer> heardAtTheEnd = new ArrayList<>();
            peer.onError(errors::add);
            assertThat(peer.onLeave(rank -> {
                        assertThat(rank).isZero();
                        heardAtTheEnd.add(heard[0]);
                        throw new IllegalStateException("the program's own");
                    }))
                    .isEqualTo(BtlStatus.OK);
            peer.registerReceive(1, (from, tag, buffer, offset, length) -> heard[0]++);
            peer.connect(0);
            ranks.until(() -> leaver.isConnected(1) && peer.isConnected(0));
            for (int length : new int[] {20_000, 8, 30_000, 8}) {
                assertThat(leaver.send(1, 1, data, 0, length, null, 0)).isEqualTo(BtlStatus.OK);
            }
            ranks.forget(leaver);
            leaver.close();
            ranks.until(() -> !heardAtTheEnd.isEmpty());
            assertGone(ranks, peer);
            assertThat(heardAtTheEnd).containsExactly(4);
        }
    }

    /** It looks so late that a send to the one that left has failed before it comes to the goodbye. */
    @Test
    void shouldTellOfALossOnlyBehindAllThatThePeerHadSent() {
        int messages = 40; // ten rounds of them
        try (Ranks ranks =
                new Ranks(2, "btl_openib_receive_queues", "S,65536,64,32,32,64", "btl_openib_poll_cq_batch", "4")) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            int[] heard = {0};
            List<Integer> heardAtTheEnd = new ArrayList<>();
            List<Integer> completed = new ArrayList<>();
            peer.onError(errors::add);
            peer.onLeave(rank -> heardAtTheEnd.add(heard[0]));
            peer.registerReceive(1, (from, tag, buffer, offset, length) -> heard[0]++);
            peer.connect(0);
            ranks.until(() -> leaver.isConnected(1) && peer.isConnected(0));
            for (int i = 0; i < messages; i++) {
                assertThat(leaver.send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
            }
            ranks.forget(leaver);
            leaver.close();
            assertThat(heard[0]).isZero();
            assertThat(peer.send(0, 1, data, 0, 8, (cookie, status) -> completed.add(status), 0))
                    .isEqualTo(BtlStatus.OK);
            ranks.until(() -> !completed.isEmpty() && (!heardAtTheEnd.isEmpty() || !errors.isEmpty()));
            assertThat(completed).containsExactly(BtlStatus.PEER_FAILED);
            assertThat(heardAtTheEnd).containsExactly(messages);
            assertThat(errors).isEmpty();
        }
    }

    /** There everybody leaves. */
    @Test
    void shouldTellOfNoLeavingWhileItLeavesItself() throws InterruptedException {
        try (Ranks ranks = new Ranks(2)) {
            Btl one = ranks.rank(0);
            Btl other = ranks.rank(1);
            List<Integer> left = new ArrayList<>();
            one.onLeave(left::add);
            one.connect(1);
            ranks.until(() -> one.isConnected(1) && other.isConnected(0));
            ranks.forget(other);
            ranks.forget(one);
            Thread closer = new Thread(() -> {
                other.adopt();
                other.close();
            });
            closer.start();
            one.close();
            closer.join();
            assertThat(left).isEmpty();
        }
    }

    /** Whoever ends with an exception closes its transport on the way out. */
    @Test
    void shouldTellOfAFailureThoughThePeerHasLeftInOrder() {
        try (Ranks ranks = new Ranks(2)) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            peer.onError(errors::add);
            peer.connect(0);
            ranks.until(() -> leaver.isConnected(1) && peer.isConnected(0));
            ranks.forget(leaver);
            leaver.close();
            assertGone(ranks, peer);
            ranks.job.die(0);
            ranks.until(() -> !errors.isEmpty());
            ranks.job.die(0);
            ranks.until(() -> true);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).isFinal()).isTrue();
            assertThat(errors.get(0).reason()).contains("was killed by signal 9");
        }
    }

    /** That message is the word that they are connected, and it has not been looked at. */
    @RepeatedTest(20)
    void shouldSayGoodbyeToAPeerWhoseFirstMessageLiesThere() {
        try (Ranks ranks = new Ranks(2)) {
            Btl leaver = ranks.rank(0);
            Btl peer = ranks.rank(1);
            peer.onError(errors::add);
            LoopWireup.reportByTraffic(ranks.job.id(), 0);
            int[] sent = {0};
            assertThat(peer.send(0, 1, data, 0, 8, (cookie, status) -> sent[0]++, 0))
                    .isEqualTo(BtlStatus.OK);
            while (sent[0] == 0) {
                peer.progress();
            }
            ranks.forget(leaver);
            leaver.close();
            assertGone(ranks, peer);
        }
    }

    /** It waits for what it has sent to be taken, which nobody does. */
    @Test
    void shouldConnectNobodyWhileItLeaves() {
        try (Ranks ranks =
                new Ranks(3, "btl_openib_close_timeout", "1", "btl_openib_receive_queues", "P,128,8,6,4:S,65536,64")) {
            Btl leaver = ranks.rank(0);
            Btl late = ranks.rank(2);
            late.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            leaver.connect(1);
            ranks.until(() -> leaver.isConnected(1) && ranks.rank(1).isConnected(0));
            int accepted = 0;
            while (leaver.send(1, 1, data, 0, 20_000, null, 0) == BtlStatus.OK) {
                accepted++;
            }
            assertThat(accepted).isPositive();
            ranks.forget(leaver);
            Thread closer = new Thread(() -> {
                leaver.adopt();
                leaver.close();
            });
            long saidGoodbyeNs =
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100); // by then, where it is as quick as usual
            closer.start();
            while (closer.isAlive()) {
                if (System.nanoTime() - saidGoodbyeNs > 0) {
                    late.connect(0);
                }
                late.progress();
            }
            ranks.until(() -> !late.isConnected(0));
            assertThat(errors).noneMatch(error -> error.reason().contains("was lost"));
        }
    }

    @RepeatedTest(20)
    void shouldLeaveNothingOpenThoughItsOwnerIsInterrupted() {
        int before = LoopFabric.queuePairs();
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(0).connect(1);
            ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
            Thread.currentThread().interrupt();
        }
        assertThat(Thread.interrupted()).isTrue();
        assertThat(LoopFabric.queuePairs()).isEqualTo(before);
    }

    /** As a kernel may that has trouble with its adapter: whatever else gave something back would wait as well. */
    @Test
    void shouldLeaveADeviceOpenThatDestroysNothing() {
        LoopFabric stuck = new LoopFabric();
        CountDownLatch gate = new CountDownLatch(1);
        int before = LoopFabric.queuePairs();
        Ranks.Rank leaving = Ranks.Rank.of("btl_openib_close_timeout", "1", "btl_openib_drain_timeout", "1");
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(leaving.on(stuck), Ranks.Rank.of()))) {
            Btl leaver = ranks.rank(0);
            ranks.rank(1).onError(error -> {});
            leaver.connect(1);
            ranks.until(() -> leaver.isConnected(1) && ranks.rank(1).isConnected(0));
            int queuePairs = LoopFabric.queuePairs();
            int devices = LoopFabric.openDevices();
            stuck.holdDestroys(gate);
            ranks.forget(leaver);
            leaver.close();
            assertThat(LoopFabric.openDevices()).isEqualTo(devices);
            assertThat(LoopFabric.queuePairs()).isEqualTo(queuePairs);
            gate.countDown();
            ranks.until(() -> LoopFabric.queuePairs() == before);
        } finally {
            gate.countDown();
        }
    }

    /** The drain of a lane may take longer than all of close() has. */
    @Test
    void shouldCompleteOnceAllThatADeviceHoldsThatFlushesNothing() {
        LoopFabric stuck = new LoopFabric();
        Ranks.Rank leaving = Ranks.Rank.of(
                "btl_openib_drain_timeout",
                "60000",
                "btl_openib_close_timeout",
                "100",
                "btl_openib_receive_queues",
                QUEUES);
        Ranks.Rank other = Ranks.Rank.of("btl_openib_receive_queues", QUEUES);
        ByteBuffer message = ByteBuffer.allocate(60_000);
        Map<Long, List<Integer>> completions = new TreeMap<>();
        CompletionHandler completed = (cookie, status) ->
                completions.computeIfAbsent(cookie, key -> new ArrayList<>()).add(status);
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(leaving.on(stuck), other));
                RegisteredMemory far = ranks.rank(1).allocate(1 << 20)) {
            Btl leaver = ranks.rank(0);
            ranks.rank(1).onError(error -> {});
            leaver.connect(1);
            ranks.until(() -> leaver.isConnected(1) && ranks.rank(1).isConnected(0));
            long accepted = 0; // the peer does not look, and has receives for some
            while (leaver.send(1, 1, message, 0, message.capacity(), completed, accepted) == BtlStatus.OK) {
                accepted++;
            }
            for (int i = 0; i < 4; i++) {
                assertThat(leaver.putBytes(1, message, 0, far.handle(), 0, 60_000, completed, accepted++))
                        .isEqualTo(BtlStatus.OK);
            }
            stuck.stick();
            ranks.forget(leaver);
            leaver.close();
            assertThat(completions.keySet())
                    .isEqualTo(LongStream.range(0, accepted).boxed().collect(Collectors.toSet()));
            assertThat(completions.values()).allMatch(statuses -> statuses.size() == 1);
            assertThat(completions.values()).contains(List.of(BtlStatus.CLOSED));
        } finally {
            stuck.destroyQueuePairs();
        }
    }

    @Test
    void shouldNameThePeersForWhichSomethingIsLeftWhenItsTimeIsUp() {
        try (Ranks ranks = new Ranks(3, "btl_openib_close_timeout", "50", "btl_openib_drain_timeout", "50")) {
            Btl leaver = ranks.rank(0);
            int[] sent = {0};
            leaver.send(1, 1, data, 0, 8, (cookie, status) -> sent[0]++, 0);
            leaver.connect(2);
            ranks.until(() -> sent[0] == 1 && leaver.isConnected(2));
            for (int i = 0; i < 600; i++) { // it does not look
                leaver.send(2, 1, data, 0, 8, null, 0);
            }
            ranks.forget(leaver);
            String log = EventsTest.errorOutput(leaver::close);
            assertThat(log)
                    .contains("left is what concerns rank 2 (host here, pid "
                            + ProcessHandle.current().pid());
            assertThat(log).doesNotContain("rank 1 (");
        }
    }
}
