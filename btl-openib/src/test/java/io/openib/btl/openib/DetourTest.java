package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.VerbsProvider;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device fails while another one reaches the peer: the job goes on by that. */
@Timeout(60)
class DetourTest {
    private static final int TAG = 1;
    private static final int BYTES = 8;

    private final LoopFabric victim = new LoopFabric("hard", VerbsProvider.HARDWARE);
    private final Ranks ranks = new Ranks(
            new TestJob(2), List.of(Rank.of().on(software(), victim), Rank.of().on(software(), hardware())));
    private final ByteBuffer data = ByteBuffer.allocateDirect(BYTES);
    private final List<String> errors = new ArrayList<>();
    private final List<WireupEvent> events = new ArrayList<>();
    private final int[] received = new int[2];

    private static LoopFabric hardware() {
        return new LoopFabric("hard", VerbsProvider.HARDWARE);
    }

    private static LoopFabric software() {
        return new LoopFabric("soft", VerbsProvider.SOFTWARE);
    }

    @AfterEach
    void close() {
        ranks.close();
    }

    /** Connected by the hardware; then that of rank 0 is gone, and it knows. */
    private void breakTheBest() {
        for (int rank = 0; rank < 2; rank++) {
            int number = rank;
            ranks.rank(rank).onError(error -> errors.add(number + ": " + error.reason()));
            ranks.rank(rank).onWireup(events::add);
            ranks.rank(rank).registerReceive(TAG, (peer, tag, bytes, offset, length) -> received[number]++);
        }
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
        assertThat(events).extracting(WireupEvent::device).containsOnly("hard0:1");
        victim.breakIt();
        ranks.until(() -> !ranks.rank(0).isConnected(1));
        events.clear();
    }

    private void sendUntilItComes(int from) {
        int to = 1 - from;
        int before = received[to];
        ranks.until(() -> {
            assertThat(ranks.rank(from).send(to, TAG, data, 0, BYTES, null, 0)).isNotEqualTo(BtlStatus.INVALID);
            return received[to] > before;
        });
    }

    @Test
    void shouldGoOnByTheOtherDeviceWhenTheBestOneIsFatal() {
        breakTheBest();
        assertThat(errors).anyMatch(error -> error.startsWith("0: rank 1 ") && error.contains("DEVICE_FATAL"));
        sendUntilItComes(0);
        sendUntilItComes(1);
        assertThat(events)
                .filteredOn(WireupEvent::isConnected)
                .extracting(WireupEvent::device)
                .containsOnly("soft0:1");
        assertThat(ranks.rank(0).peer(1).device()).isEqualTo("soft0:1");
        assertThat(ranks.rank(1).peer(0).device()).isEqualTo("soft0:1");
    }

    /** The other side cannot know what has failed: its attempts by the old way come to nothing, and then it tries the next. */
    @Test
    void shouldFindTheOtherDeviceFromTheSideThatHasLostNone() {
        breakTheBest();
        sendUntilItComes(1);
        assertThat(events)
                .filteredOn(WireupEvent::isConnected)
                .extracting(WireupEvent::device)
                .containsOnly("soft0:1");
        assertThat(errors).noneMatch(error -> error.contains("any more"));
        // What failed, and not what that flushed.
        assertThat(errors)
                .filteredOn(error -> error.startsWith("1: rank 0 ") && error.contains("was lost on hard0:1"))
                .hasSize(1)
                .allMatch(error -> error.contains("a request on queue ") && error.contains("retries exceeded"));
        sendUntilItComes(0);
    }

    /** Rank 0 on this fabric, and another one on one with two ports; what rank 0 is told of is gathered. */
    private static Ranks connected(LoopFabric fabric, List<PeerError> told) {
        Ranks pair = new Ranks(
                new TestJob(2),
                List.of(Rank.of().on(fabric), Rank.of().on(software().withTwoPorts())));
        pair.rank(0).onError(told::add);
        pair.rank(1).onError(error -> {});
        pair.rank(0).connect(1);
        pair.until(() -> pair.rank(0).isConnected(1) && pair.rank(1).isConnected(0));
        return pair;
    }

    /** Its other port is no way that is left. */
    @Test
    void shouldSayAtOnceThatNoWayIsLeftWhenADeviceWithTwoPortsIsFatal() {
        LoopFabric doomed = software().withTwoPorts();
        List<PeerError> told = new ArrayList<>();
        try (Ranks pair = connected(doomed, told)) {
            doomed.breakIt();
            pair.until(() -> !told.isEmpty());
            assertThat(told.get(0).isFinal()).as(told.get(0).reason()).isTrue();
            assertThat(pair.rank(0).send(1, TAG, data, 0, BYTES, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(told).hasSize(1);
        }
    }

    /** The port's own queue is in error; what the device has for its other port is not. */
    @Test
    void shouldGoOnByTheOtherPortWhenAQueueOfOneIsInError() {
        LoopFabric wounded = software().withTwoPorts();
        List<PeerError> told = new ArrayList<>();
        try (Ranks pair = connected(wounded, told)) {
            int[] count = new int[1];
            pair.rank(1).registerReceive(TAG, (peer, tag, bytes, offset, length) -> count[0]++);
            assertThat(pair.rank(0).peer(1).device()).isEqualTo("soft0:1");
            wounded.reportQueue("soft0", 0);
            pair.until(() -> !told.isEmpty());
            assertThat(told.get(0).cause()).isEqualTo(PeerError.Cause.DEVICE_LOST);
            assertThat(told.get(0).reason()).contains("device soft0 reports CQ_ERR");
            pair.until(() -> {
                pair.rank(0).send(1, TAG, data, 0, BYTES, null, 0);
                return count[0] > 0;
            });
            assertThat(pair.rank(0).peer(1).device()).isEqualTo("soft0:2");
            wounded.breakIt();
            pair.until(() -> pair.rank(0).send(1, TAG, data, 0, BYTES, null, 0) == BtlStatus.PEER_FAILED);
        }
    }

    @Test
    void shouldNotTakeBackThatAPeerIsLostForGoodWhenADeviceIsFatal() {
        List<LoopFabric> own = List.of(software(), hardware());
        List<PeerError> told = new ArrayList<>();
        Rank unreachable = Rank.of("btl_openib_reconnects", "0").with(new LoopWireup("oob", true));
        try (Ranks pair = new Ranks(
                new TestJob(2),
                List.of(unreachable.on(own.get(0), own.get(1)), unreachable.on(software(), hardware())))) {
            Btl btl = pair.rank(0);
            btl.onError(told::add);
            pair.until(() -> {
                boolean isOver = told.stream().anyMatch(PeerError::isFinal);
                return isOver || btl.connect(1) != BtlStatus.OK;
            });
            assertThat(told).as("one for each way").hasSize(2);
            int devices = LoopFabric.openDevices();
            String way = btl.peer(1).device();
            own.stream().filter(fabric -> way.startsWith(fabric.name())).forEach(LoopFabric::breakIt);
            pair.until(() -> LoopFabric.openDevices() < devices);
            assertThat(btl.send(1, TAG, data, 0, BYTES, null, 0)).isEqualTo(BtlStatus.PEER_FAILED);
            assertThat(told).hasSize(2);
        }
    }

    /** What fails on its ports is none of the way that is left, however often it does. */
    @Test
    void shouldGoOnByTheOtherDeviceThoughAllElseFailsBeforeTheFatalOneSaysSo() {
        LoopFabric dying = hardware().withTwoPorts();
        List<PeerError> told = new ArrayList<>();
        try (Ranks pair = new Ranks(
                new TestJob(2),
                List.of(
                        Rank.of("btl_openib_reconnects", "1").on(software(), dying),
                        Rank.of().on(software(), hardware().withTwoPorts())))) {
            Btl btl = pair.rank(0);
            btl.onError(error -> {
                told.add(error);
                btl.connect(1);
            });
            pair.rank(1).onError(error -> {});
            btl.connect(1);
            pair.until(() -> btl.isConnected(1) && pair.rank(1).isConnected(0));
            dying.die();
            LoopFabric.breakAll();
            assertThat(btl.send(1, TAG, data, 0, BYTES, null, 0)).isEqualTo(BtlStatus.OK);
            pair.until(() -> btl.isConnected(1) && btl.peer(1).device().equals("soft0:1"));
            dying.breakIt();
            sendUntilTheDeviceIsClosed(pair);
            assertThat(told).noneMatch(PeerError::isFinal);
            assertThat(told).hasSizeGreaterThan(2);
        }
    }

    private void sendUntilTheDeviceIsClosed(Ranks pair) {
        int devices = LoopFabric.openDevices();
        pair.until(() -> {
            assertThat(pair.rank(0).send(1, TAG, data, 0, BYTES, null, 0)).isNotEqualTo(BtlStatus.PEER_FAILED);
            return LoopFabric.openDevices() < devices;
        });
    }

    @Test
    void shouldSayOnceThatTheWayAroundCannotBeMade() {
        LoopFabric doomed = hardware();
        List<PeerError> told = new ArrayList<>();
        try (Ranks pair = new Ranks(
                new TestJob(2),
                List.of(Rank.of().on(software().broken(), doomed), Rank.of().on(software(), hardware())))) {
            pair.rank(0).onError(told::add);
            pair.rank(1).onError(error -> {});
            pair.rank(0).connect(1);
            pair.until(() -> pair.rank(0).isConnected(1) && pair.rank(1).isConnected(0));
            int devices = LoopFabric.openDevices();
            doomed.breakIt();
            pair.until(() -> LoopFabric.openDevices() < devices);
            assertThat(told).hasSize(1);
            assertThat(told.get(0).isFinal()).isTrue();
            assertThat(told.get(0).reason())
                    .contains("DEVICE_FATAL; soft0:1 cannot be used: ")
                    .doesNotContain("next attempt");
        }
    }

    /** Its keys are others than those of the adapter that it came by before, and no address tells the two apart. */
    @Test
    void shouldUseTheKeysOfTheAdapterThatThePeerHasMovedTo() {
        LoopFabric moving = hardware().withInfiniband(2);
        try (Ranks pair = new Ranks(
                        new TestJob(2),
                        List.of(
                                Rank.of().on(hardware().withInfiniband(1)),
                                Rank.of().on(moving)));
                RegisteredMemory source = pair.rank(0).allocate(BYTES);
                RegisteredMemory target = pair.rank(1).allocate(BYTES)) {
            assertThat(target.handle().keyCount()).as("adapters").isEqualTo(2);
            pair.rank(0).onWireup(events::add);
            pair.rank(0).connect(1);
            pair.until(() -> pair.rank(0).isConnected(1) && pair.rank(1).isConnected(0));
            String first = pair.rank(1).peer(0).device();
            assertThat(put(pair, source, target)).isEqualTo(BtlStatus.OK);
            moving.report(first.replace(":1", ""), AsyncEventType.DEVICE_FATAL, 0);
            pair.until(() -> !pair.rank(1).isConnected(0));
            events.clear();
            pair.rank(1).connect(0);
            pair.until(() -> pair.rank(1).isConnected(0) && !events.isEmpty());
            assertThat(pair.rank(1).peer(0).device()).startsWith("hard").isNotEqualTo(first);
            assertThat(put(pair, source, target)).isEqualTo(BtlStatus.OK);
        }
    }

    private static int put(Ranks pair, RegisteredMemory source, RegisteredMemory target) {
        List<Integer> statuses = new ArrayList<>();
        assertThat(pair.rank(0)
                        .put(1, source, 0, target.handle(), 0, BYTES, (cookie, status) -> statuses.add(status), 0))
                .isEqualTo(BtlStatus.OK);
        pair.until(() -> !statuses.isEmpty());
        return statuses.get(0);
    }

    @Test
    void shouldReachMemoryThatIsMadeAfterTheDetour() {
        int devices = LoopFabric.openDevices();
        breakTheBest();
        ranks.until(() -> LoopFabric.openDevices() < devices);
        sendUntilItComes(0);
        ranks.rank(0).register(data).close();
        try (RegisteredMemory source = ranks.rank(0).allocate(BYTES);
                RegisteredMemory target = ranks.rank(1).allocate(BYTES)) {
            source.buffer().putLong(0, 0x0123456789abcdefL);
            List<Integer> statuses = new ArrayList<>();
            assertThat(ranks.rank(0)
                            .put(1, source, 0, target.handle(), 0, BYTES, (cookie, status) -> statuses.add(status), 0))
                    .isEqualTo(BtlStatus.OK);
            ranks.until(() -> !statuses.isEmpty());
            assertThat(statuses).containsExactly(BtlStatus.OK);
            assertThat(target.buffer().getLong(0)).isEqualTo(0x0123456789abcdefL);
        }
    }
}
