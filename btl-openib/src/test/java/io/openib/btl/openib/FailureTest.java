package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.verbs.AsyncEventType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FailureTest {
    private final Map<Long, List<Integer>> completions = new TreeMap<>();
    private final List<PeerError> errors = new ArrayList<>();
    private final ByteBuffer data = ByteBuffer.allocate(65_536);

    @Test
    void shouldCompleteEachSendOnceWhenThePeerIsLostAndReconnectForTheNext() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            ranks.rank(1).onError(error -> {});
            long accepted = 0;
            // The peer sleeps: some are posted, some find no receive, some wait here.
            for (int i = 0; i < 2000; i++) {
                if (btl.send(1, 1, data, 0, i % 3 == 0 ? 20_000 : 64, this::completed, accepted) == BtlStatus.OK) {
                    accepted++;
                }
            }
            LoopFabric.breakAll();
            long total = accepted;
            ranks.until(() -> completions.size() == total);
            assertThat(completions.values()).allMatch(statuses -> statuses.size() == 1);
            assertThat(completions.values()).anyMatch(statuses -> statuses.get(0) == BtlStatus.PEER_FAILED);
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).isFinal()).isFalse();
            assertThat(errors.get(0).reason())
                    .contains("rank 1 (host here, pid ")
                    .contains("loop0:1");
            int[] heard = {0};
            ranks.rank(1).registerReceive(2, (peer, tag, buffer, offset, length) -> heard[0]++);
            ranks.until(() -> heard[0] > 0 || (send(btl, 2) && heard[0] > 0));
        }
    }

    @Test
    void shouldSendAnewWhatAHandlerSendsWhenItHearsOfALoss() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            List<Integer> codes = new ArrayList<>();
            List<Integer> heard = new ArrayList<>();
            btl.onError(error -> codes.add(btl.send(1, 2, data, 0, 8, this::completed, 1_000)));
            ranks.rank(1).onError(error -> {});
            ranks.rank(1).registerReceive(2, (peer, tag, buffer, offset, length) -> heard.add(tag));
            ranks.rank(1).registerReceive(3, (peer, tag, buffer, offset, length) -> heard.add(tag));
            boolean[] isAgain = {false};
            CompletionHandler resend = (cookie, status) -> {
                if (status == BtlStatus.PEER_FAILED && !isAgain[0]) {
                    isAgain[0] = true;
                    codes.add(btl.send(1, 3, data, 0, 8, this::completed, 1_001));
                }
            };
            for (int i = 0; i < 2_000; i++) {
                btl.send(1, 1, data, 0, 20_000, resend, i);
            }
            LoopFabric.breakAll();
            ranks.until(() -> heard.size() == 2);
            assertThat(heard).containsExactly(2, 3);
            assertThat(codes).containsExactly(BtlStatus.OK, BtlStatus.OK);
            ranks.until(() -> completions.size() == 2);
            assertThat(completions.values()).containsOnly(List.of(BtlStatus.OK));
        }
    }

    @Test
    void shouldCompleteWhatWaitsWhenTheLauncherTellsOfADeath() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            assertThat(btl.send(1, 1, data, 0, 8, this::completed, 1)).isEqualTo(BtlStatus.OK);
            ranks.job.die(1);
            ranks.until(() -> !errors.isEmpty() && !completions.isEmpty());
            assertThat(errors)
                    .containsExactly(new PeerError(
                            1,
                            "here",
                            4711,
                            true,
                            PeerError.Cause.DIED,
                            "rank 1 (host here, pid 4711) was killed by signal 9"));
            assertThat(completions).hasSize(1);
            assertThat(btl.send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(btl.connect(1)).isEqualTo(BtlStatus.PEER_FAILED);
            ranks.until(() -> true);
            assertThat(completions.get(1L)).hasSize(1);
        }
    }

    @Test
    void shouldTakeAGoodbyeForNoError() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            int[] heard = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ranks.rank(1).onError(errors::add);
            Btl leaver = ranks.rank(0);
            for (int i = 0; i < 10; i++) {
                assertThat(leaver.send(1, 1, data, 0, 64, this::completed, i)).isEqualTo(BtlStatus.OK);
            }
            ranks.forget(leaver);
            leaver.close();
            assertThat(completions).hasSize(10);
            assertThat(completions.values()).allMatch(statuses -> statuses.equals(List.of(BtlStatus.OK)));
            assertThat(leaver.send(1, 1, data, 0, 64, null, 0)).isEqualTo(BtlStatus.CLOSED);
            leaver.close();
            Btl stayer = ranks.rank(0);
            ranks.until(() -> heard[0] == 10 && !stayer.isConnected(0));
            assertThat(errors).isEmpty();
            assertThat(stayer.send(0, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
        }
    }

    /** The sender was told that its messages are complete; it has lost the connection and made another while this one computed. */
    @Test
    void shouldDeliverWhatHadArrivedWhenThePeerHasConnectedAnew() {
        try (Ranks ranks = new Ranks(2, "btl_openib_poll_cq_batch", "8")) {
            connect(ranks);
            int[] heard = {0, 0};
            Btl slow = ranks.rank(1);
            slow.registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            slow.registerReceive(2, (peer, tag, buffer, offset, length) -> heard[1]++);
            slow.onError(errors::add);
            Btl quick = ranks.rank(0);
            for (int i = 0; i < 100; i++) {
                assertThat(quick.send(1, 1, data, 0, 8, this::completed, i)).isEqualTo(BtlStatus.OK);
            }
            while (completions.size() < 100) {
                quick.progress();
            }
            assertThat(completions.values()).allMatch(statuses -> statuses.equals(List.of(BtlStatus.OK)));
            LoopWireup.disconnect(ranks.job.id(), 0, 1);
            while (quick.isConnected(1)) {
                quick.progress();
            }
            while (!quick.isConnected(1)) {
                quick.connect(1);
                quick.progress();
            }
            assertThat(send(quick, 2)).isTrue();
            // The first message on the new connection may be there before the word that it is up.
            ranks.until(() -> heard[0] == 100 && heard[1] == 1 && !errors.isEmpty());
            assertThat(errors).hasSize(1);
            assertThat(errors.get(0).reason()).contains("rank 0 (host here, pid ");
        }
    }

    @Test
    void shouldDeliverWhatHadArrivedBeforeItTellsThatTheConnectionIsOver() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            List<String> told = new ArrayList<>();
            Btl slow = ranks.rank(1);
            slow.registerReceive(1, (peer, tag, buffer, offset, length) -> told.add("message"));
            slow.onError(error -> told.add(error.reason()));
            Btl quick = ranks.rank(0);
            for (int i = 0; i < 100; i++) {
                assertThat(send(quick, 1)).isTrue();
            }
            // The slow rank has polled nothing yet.
            LoopWireup.disconnect(ranks.job.id(), 1, 0);
            ranks.until(() -> told.size() == 101);
            assertThat(told.subList(0, 100)).containsOnly("message");
            assertThat(told.get(100)).contains("was lost").contains("it has hung up");
        }
    }

    @Test
    void shouldTakeAGoodbyeForNoErrorThoughTheConnectionIsSaidToBeOver() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            ranks.rank(1).onError(errors::add);
            Btl leaver = ranks.rank(0);
            Btl stayer = ranks.rank(1);
            ranks.forget(leaver);
            leaver.close();
            LoopWireup.disconnect(ranks.job.id(), 1, 0);
            ranks.until(() -> !stayer.isConnected(0));
            assertThat(errors).isEmpty();
        }
    }

    @RepeatedTest(50)
    void shouldLeaveNothingOpenWhenItClosesInTheMidstOfConnecting() {
        int before = LoopFabric.queuePairs();
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(0).connect(1);
            ranks.rank(0).progress();
        }
        assertThat(LoopFabric.queuePairs()).isEqualTo(before);
    }

    @Test
    void shouldCloseInTimeDuringTrafficThatNobodyReceives() {
        try (Ranks ranks = new Ranks(
                2, "btl_openib_close_timeout", "200", "btl_openib_receive_queues", "P,128,8,6,4:S,65536,64")) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            long accepted = 0;
            while (btl.send(1, 1, data, 0, 100, this::completed, accepted) == BtlStatus.OK) {
                accepted++;
            }
            ranks.forget(btl);
            btl.close();
            assertThat(completions).hasSize((int) accepted);
            assertThat(completions.values()).allMatch(statuses -> statuses.size() == 1);
            assertThat(completions.values()).anyMatch(statuses -> statuses.get(0) == BtlStatus.CLOSED);
        }
    }

    @Test
    void shouldCountEveryPeerAsLostWithTheLauncher() {
        try (Ranks ranks = new Ranks(3)) {
            connect(ranks);
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            assertThat(btl.send(1, 1, data, 0, 64, this::completed, 0)).isEqualTo(BtlStatus.OK);
            ranks.job.loseLauncher();
            ranks.until(() -> errors.size() == 2 && completions.size() == 1);
            assertThat(errors).extracting(PeerError::peer).containsExactly(1, 2);
            assertThat(errors)
                    .allMatch(error -> error.reason().endsWith("counts as lost: lost the connection to the launcher"));
            assertThat(errors.get(0).reason()).startsWith("rank 1 (host here, pid ");
            assertThat(btl.send(1, 1, data, 0, 64, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(btl.send(2, 1, data, 0, 64, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(completions.get(0L)).hasSize(1);
        }
    }

    @Test
    void shouldSayInItsOwnWordsThatTheJobCannotBeAborted() {
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(0).onError(error -> {});
            ranks.rank(1).onError(error -> {});
            ranks.rank(0).abort(7, "enough");
            ranks.job.loseLauncher();
            assertThatThrownBy(() -> ranks.rank(0).abort(7, "enough"))
                    .isInstanceOf(BtlException.class)
                    .hasMessageContaining("lost the connection to the launcher");
        }
    }

    @Test
    void shouldPrintTheDifferenceWhenReceiveQueuesDiffer() {
        TestJob job = new TestJob(2);
        job.publish(1, new ModexMessage("there", 7, "P,1,2,1,2,2", 1, List.of()).encode());
        try (Ranks ranks = new Ranks(job, 2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            assertThat(btl.send(1, 1, data, 0, 8, this::completed, 1)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> !errors.isEmpty() && !completions.isEmpty());
            assertThat(completions).containsExactly(Map.entry(1L, List.of(BtlStatus.PEER_FAILED)));
            assertThat(btl.send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(errors.get(0).reason())
                    .contains("unsupported queues configuration")
                    .contains("P,1,2,1,2,2")
                    .contains("P,128,256,192,128,4");
            assertThat(btl.peer(1).reason()).contains("unsupported queues configuration");
        }
    }

    @Test
    void shouldNotTrustGarbageInTheModex() {
        TestJob job = new TestJob(2);
        job.publish(1, new byte[] {1, 2, 3});
        try (Ranks ranks = new Ranks(job, 2)) {
            Btl btl = ranks.rank(0);
            btl.onError(errors::add);
            assertThat(btl.connect(1)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> !errors.isEmpty());
            assertThat(errors.get(0).reason()).contains("cannot be read");
            assertThat(errors.get(0).isFinal()).isTrue();
            assertThat(btl.connect(1)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(btl.peer(1).reason()).contains("cannot be read");
        }
    }

    @Test
    void shouldLoseEveryConnectionOfADeviceThatReportsItsEnd() {
        try (Ranks ranks = new Ranks(2)) {
            connect(ranks);
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(errors::add);
            LoopFabric.breakDevice();
            ranks.until(() -> errors.size() == 2);
            assertThat(errors).anyMatch(error -> error.reason().contains("device loop0 reports DEVICE_FATAL"));
            assertThat(errors).filteredOn(PeerError::isFinal).hasSize(1);
            int cut = errors.stream()
                    .filter(PeerError::isFinal)
                    .findFirst()
                    .orElseThrow()
                    .peer();
            assertThat(ranks.rank(1 - cut).send(cut, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
        }
    }

    @Test
    void shouldGiveAFatalDeviceBackAndRefuseWhatWouldGoByIt() {
        int queuePairs = LoopFabric.queuePairs();
        int devices = LoopFabric.openDevices();
        try (Ranks ranks = new Ranks(3)) {
            List<Integer> victims = new ArrayList<>();
            for (int rank = 0; rank < 3; rank++) {
                int number = rank;
                ranks.rank(rank).onError(error -> {
                    if (error.reason().contains("device loop0 reports DEVICE_FATAL")) {
                        victims.add(number);
                    }
                });
                ranks.rank(rank).connect((rank + 1) % 3);
            }
            ranks.until(() -> IntStream.range(0, 3)
                    .allMatch(rank -> ranks.rank(rank).isConnected((rank + 1) % 3)
                            && ranks.rank(rank).isConnected((rank + 2) % 3)));
            LoopFabric.breakDevice();
            ranks.until(() -> LoopFabric.openDevices() == devices + 2);
            // Told of each of its two peers, once.
            assertThat(victims).hasSize(2).containsOnly(victims.get(0));
            int broken = victims.get(0);
            int one = (broken + 1) % 3;
            int other = (broken + 2) % 3;
            for (int peer : new int[] {one, other}) {
                assertThat(ranks.rank(broken).send(peer, 1, data, 0, 8, null, 0))
                        .isEqualTo(BtlStatus.PEER_FAILED);
                assertThat(ranks.rank(broken).connect(peer)).isEqualTo(BtlStatus.PEER_FAILED);
            }
            int[] heard = {0};
            ranks.rank(other).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            assertThat(ranks.rank(one).send(other, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard[0] == 1);
        }
        assertThat(LoopFabric.queuePairs()).isEqualTo(queuePairs);
        assertThat(LoopFabric.openDevices()).isEqualTo(devices);
    }

    /** First the connection ends, and then it turns out that its device has. */
    @Test
    void shouldSayThatAPeerIsLostForGoodThoughItsLossWasToldBefore() {
        LoopFabric fabric = new LoopFabric();
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(Ranks.Rank.of().on(fabric), Ranks.Rank.of()))) {
            connect(ranks);
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(error -> {});
            ranks.rank(0).send(1, 1, data, 0, 8, this::completed, 1);
            LoopFabric.breakAll();
            ranks.until(() -> errors.size() == 1 && completions.size() == 1);
            fabric.breakIt();
            ranks.until(() -> errors.size() == 2);
            assertThat(errors).extracting(PeerError::isFinal).containsExactly(false, true);
            assertThat(ranks.rank(0).send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
        }
    }

    /** What all connections share is broken, and the next one would hang. */
    @ParameterizedTest
    @EnumSource(names = {"DEVICE_FATAL", "CQ_ERR", "SRQ_ERR"})
    void shouldGiveUpADeviceThatReportsItsEndOrThatOfASharedQueue(AsyncEventType type) {
        LoopFabric fabric = new LoopFabric();
        try (Ranks ranks = new Ranks(new TestJob(2), List.of(Ranks.Rank.of().on(fabric), Ranks.Rank.of()))) {
            connect(ranks);
            ranks.rank(0).onError(errors::add);
            ranks.rank(1).onError(error -> {});
            fabric.report("loop0", type, 0);
            ranks.until(() -> errors.size() == 1);
            assertThat(errors.get(0).cause()).isEqualTo(PeerError.Cause.DEVICE_LOST);
            assertThat(errors.get(0).reason()).contains("device loop0 reports " + type);
            assertThat(ranks.rank(0).send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
        }
    }

    @Test
    void shouldGiveUpReconnectingAfterSoManyFailures() {
        try (Ranks ranks = new Ranks(2, "btl_openib_reconnects", "2")) {
            Btl btl = ranks.rank(0);
            List<WireupEvent> events = new ArrayList<>();
            btl.onError(errors::add);
            btl.onWireup(events::add);
            Btl gone = ranks.rank(1);
            ranks.forget(gone);
            gone.close();
            int[] refused = {0};
            ranks.until(() -> {
                refused[0] += btl.send(1, 1, data, 0, 8, this::completed, 0) == BtlStatus.PEER_FAILED ? 1 : 0;
                return refused[0] > 5;
            });
            assertThat(events).hasSize(3).allMatch(event -> !event.isConnected());
            assertThat(errors).extracting(PeerError::isFinal).containsExactly(false, false, true);
        }
    }

    private void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    private boolean send(Btl btl, int tag) {
        return btl.send(1, tag, data, 0, 8, null, 0) == BtlStatus.OK;
    }

    private void completed(long cookie, int status) {
        completions.computeIfAbsent(cookie, key -> new ArrayList<>()).add(status);
    }
}
