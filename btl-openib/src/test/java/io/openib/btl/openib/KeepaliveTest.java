package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.FastPathResources;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.LaneListener;
import io.openib.btl.openib.fastpath.LaneShape;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ReceiveQueuesParser;
import io.openib.verbs.Device;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Silent peers are probed once an interval: by a clock of the tests on lanes of their own, and by the true one through a transport. */
@Timeout(60)
class KeepaliveTest {
    private static final long INTERVAL_NS = 1_000_000;
    private static final int INTERVALS = 20;
    private static final int CALL_MS = 10;

    private final List<Lane> lanes = new ArrayList<>();
    private final Counters counters = new Counters();
    private int failures;

    /** Pairs of lanes that are connected with each other, all of one path. */
    private interface Case {
        void run(FastPath path) throws Exception;
    }

    private void withLanes(int count, Case test) throws Exception {
        LaneShape shape =
                new LaneShape(new ReceiveQueuesParser().parse("P,128,8"), 32, 4, 64, 8, 64, 16, 64, 16, 1024, 1 << 20);
        try (Device device = new LoopFabric().open("loop0");
                FastPathResources resources =
                        new FastPathResources(device, device.allocProtectionDomain(), shape, count)) {
            FastPath path = new FastPath(resources, new ReceiveTable(), counters, new Listener());
            for (int slot = 0; slot < count; slot++) {
                lanes.add(resources.newLane(path, slot, slot));
            }
            for (int slot = 0; slot < count; slot++) {
                up(path, lanes.get(slot), lanes.get(slot ^ 1).queuePairs().get(0));
            }
            test.run(path);
            lanes.forEach(Lane::destroy);
        }
    }

    private static void up(FastPath path, Lane lane, QueuePair peer) {
        QueuePair qp = lane.queuePairs().get(0);
        qp.modify(QpAttributes.toState(QpState.INIT));
        assertThat(lane.postReceives()).isZero();
        qp.modify(QpAttributes.toState(QpState.RTR).destQpNumber(peer.number()));
        qp.modify(QpAttributes.toState(QpState.RTS));
        path.announce(lane);
        assertThat(path.putUp(lane)).isTrue();
    }

    private void progress(FastPath path) {
        for (int round = 0; round < 32; round++) {
            path.progress();
        }
        assertThat(failures).isZero();
    }

    private static long keepalives(Map<String, Long> counted) {
        return counted.getOrDefault("keepalives", -1L);
    }

    private long keepalives() {
        return keepalives(counters.snapshot());
    }

    /** What a keepalive itself brings is no sign that the next one can be spared. */
    @ParameterizedTest
    @ValueSource(doubles = {0.125, 0.5, 1, 7})
    void shouldProbeASilentPeerOnceAnIntervalWhateverTheLooksAreApart(double intervals) throws Exception {
        withLanes(2, path -> {
            long startNs = 17;
            Keepalive keepalive = new Keepalive(path, INTERVAL_NS, startNs);
            int looks = (int) (INTERVALS * Math.max(1, 1 / intervals));
            for (int i = 1; i <= looks; i++) {
                keepalive.tick(startNs + (long) (i * intervals * INTERVAL_NS));
                progress(path);
            }
            assertThat(keepalives()).isEqualTo(2L * INTERVALS);
        });
    }

    @Test
    void shouldProbeNobodyWhoIsHeard() throws Exception {
        withLanes(4, path -> {
            Keepalive keepalive = new Keepalive(path, INTERVAL_NS, 0);
            Outbox outbox = new Outbox(path, 1);
            outbox.use(lanes.get(0));
            ByteBuffer data = ByteBuffer.allocate(8);
            for (int i = 1; i <= INTERVALS; i++) {
                assertThat(outbox.send(1, data, 0, 8, (cookie, status) -> {}, 0))
                        .isEqualTo(BtlStatus.OK);
                progress(path);
                keepalive.tick(i * INTERVAL_NS);
            }
            assertThat(keepalives()).as("those of the two that are silent").isEqualTo(2L * INTERVALS);
        });
    }

    @Test
    void shouldProbeNobodyWhereTheIntervalIsNought() throws Exception {
        withLanes(2, path -> {
            Keepalive keepalive = new Keepalive(path, 0, 0);
            for (int i = 1; i <= INTERVALS; i++) {
                keepalive.tick(i * INTERVAL_NS);
                progress(path);
            }
            assertThat(keepalives()).isZero();
        });
    }

    /** One is enough to find out that the peer is gone, and the slots are meant for other things. */
    @Test
    void shouldNotProbeAgainBeforeTheAnswer() throws Exception {
        withLanes(2, path -> {
            Keepalive keepalive = new Keepalive(path, INTERVAL_NS, 0);
            for (int i = 1; i <= INTERVALS; i++) {
                keepalive.tick(i * INTERVAL_NS);
            }
            assertThat(keepalives()).isEqualTo(2);
            progress(path);
            keepalive.tick((INTERVALS + 1) * INTERVAL_NS);
            assertThat(keepalives()).isEqualTo(4);
        });
    }

    @Test
    void shouldGetThroughManyPeersWithinAnIntervalThoughTheLooksAreFarApart() throws Exception {
        int many = 400;
        withLanes(many, path -> {
            Keepalive keepalive = new Keepalive(path, INTERVAL_NS, 0);
            keepalive.tick(INTERVAL_NS);
            progress(path);
            keepalive.tick(INTERVAL_NS * 3 / 2);
            progress(path);
            assertThat(keepalives()).isEqualTo(many);
        });
    }

    /** As an event loop does that calls now and then. By rounds it would take some thousand calls. */
    @Test
    void shouldProbeByTimeHoweverSeldomProgressIsCalled() {
        try (Ranks ranks = new Ranks(2, "btl_openib_keepalive", "0.05")) {
            Btl btl = ranks.rank(0);
            btl.connect(1);
            ranks.until(() -> btl.isConnected(1) && ranks.rank(1).isConnected(0));
            long startNs = System.nanoTime();
            long before = keepalives(btl.counters());
            int calls = 0;
            while (keepalives(btl.counters()) < before + INTERVALS && calls < 1_000) {
                calls++;
                long nextNs = startNs + TimeUnit.MILLISECONDS.toNanos((long) CALL_MS * calls);
                while (System.nanoTime() - nextNs < 0) {
                    Thread.onSpinWait();
                }
                btl.progress();
            }
            long elapsedNs = System.nanoTime() - startNs;
            assertThat(keepalives(btl.counters())).isEqualTo(before + INTERVALS);
            assertThat(calls).as("calls for " + INTERVALS + " probes").isLessThan(500);
            assertThat(elapsedNs).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(50) * (INTERVALS - 1));
        }
    }

    private final class Listener implements LaneListener {
        @Override
        public void onLaneError(Lane lane, String what) {
            failures++;
        }

        @Override
        public void onGoodbye(Lane lane) {
            failures++;
        }

        @Override
        public void onLaneDrained(Lane lane) {
            failures++;
        }

        @Override
        public void onUnknownQueuePair() {
            failures++;
        }

        @Override
        public void onShortage(VerbsException shortage) {
            failures++;
        }

        @Override
        public void onStarved(int peer, VerbsException shortage) {
            failures++;
        }

        @Override
        public void onUnclaimed(int peer, int tag) {
            // nobody registers a tag here
        }

        @Override
        public void onCallbackFailure(String which, Throwable thrown) {
            failures++;
        }
    }
}
