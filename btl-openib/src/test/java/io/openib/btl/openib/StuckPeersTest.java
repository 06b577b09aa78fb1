package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.loop.LoopWireup;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rank 0 gives as much as it can to ranks that have stopped; what it has for rank 1 goes on all the same. */
@Timeout(60)
class StuckPeersTest {
    private static final long LIMIT_NS = Duration.ofSeconds(20).toNanos();
    private static final int RANKS = 9;
    private static final int FIRST_STUCK = 2;
    private static final int MANY = 100;
    private static final int MOST = 100_000;

    private final ByteBuffer data = ByteBuffer.allocateDirect(60_000);
    private int heard;
    private int completed;

    /** What is under way to those that have stopped is not awaited in the end. */
    private static Ranks ranks() {
        return new Ranks(RANKS, "btl_openib_drain_timeout", "50", "btl_openib_close_timeout", "100");
    }

    private static void progress(Ranks ranks) {
        ranks.rank(0).progress();
        ranks.rank(1).progress();
    }

    /** Until each says no, and goes on saying so. */
    private static void fill(Ranks ranks, IntUnaryOperator call) {
        for (int peer = FIRST_STUCK; peer < RANKS; peer++) {
            int refused = 0;
            for (int i = 0; i < MOST && refused < MANY; i++) {
                refused = call.applyAsInt(peer) == BtlStatus.OK ? 0 : refused + 1;
                progress(ranks);
            }
            assertThat(refused).as("rank %d takes all", peer).isEqualTo(MANY);
        }
    }

    /** One after the other, as a program does that tries again. */
    private static void finish(Ranks ranks, IntUnaryOperator call, IntSupplier done) {
        long startNs = System.nanoTime();
        int begun = 0;
        while (done.getAsInt() < MANY) {
            begun += begun < MANY && call.applyAsInt(1) == BtlStatus.OK ? 1 : 0;
            progress(ranks);
            assertThat(System.nanoTime() - startNs)
                    .as(
                            "%d begun, %d done; %s",
                            begun, done.getAsInt(), ranks.rank(0).counters())
                    .isLessThan(LIMIT_NS);
        }
    }

    private static void connectAll(Ranks ranks) {
        for (int peer = 1; peer < RANKS; peer++) {
            ranks.rank(0).connect(peer);
        }
        ranks.until(() -> {
            boolean isConnected = true;
            for (int peer = 1; peer < RANKS; peer++) {
                isConnected &=
                        ranks.rank(0).isConnected(peer) && ranks.rank(peer).isConnected(0);
            }
            return isConnected;
        });
    }

    /** By a per-peer queue, and by shared ones. */
    @ParameterizedTest
    @ValueSource(ints = {100, 1_900, 20_000, 60_000})
    void shouldSendToOthersWhileConnectedPeersTakeNothing(int bytes) {
        try (Ranks ranks = ranks()) {
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard++);
            connectAll(ranks);
            IntUnaryOperator send = peer -> ranks.rank(0).send(peer, 1, data, 0, bytes, null, 0);
            fill(ranks, send);
            finish(ranks, send, () -> heard);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_900, 20_000, 60_000})
    void shouldSendToOthersWhileManyWaitForAConnection(int bytes) {
        try (Ranks ranks = ranks()) {
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard++);
            IntUnaryOperator send = peer -> ranks.rank(0).send(peer, 1, data, 0, bytes, null, 0);
            whileOnlyOneConnects(ranks, () -> {
                fill(ranks, send);
                finish(ranks, send, () -> heard);
            });
        }
    }

    @Test
    void shouldPutToOthersWhileManyWaitForAConnection() {
        try (Ranks ranks = ranks()) {
            List<RegisteredMemory> memories = new ArrayList<>();
            List<MemoryHandle> handles = new ArrayList<>();
            for (int peer = 0; peer < RANKS; peer++) {
                memories.add(ranks.rank(peer).allocate(64));
                handles.add(memories.get(peer).handle());
            }
            CompletionHandler done = (cookie, status) -> completed += (int) cookie;
            IntUnaryOperator put =
                    peer -> ranks.rank(0).putBytes(peer, data, 0, handles.get(peer), 0, 64, done, peer == 1 ? 1 : 0);
            whileOnlyOneConnects(ranks, () -> {
                fill(ranks, put);
                finish(ranks, put, () -> completed);
            });
            memories.forEach(RegisteredMemory::close);
        }
    }

    /** Rank 0's control thread connects to rank 1 and to nobody else meanwhile. */
    private static void whileOnlyOneConnects(Ranks ranks, Runnable action) {
        CountDownLatch gate = new CountDownLatch(1);
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
        LoopWireup.holdReports(ranks.job.id(), 0, gate);
        try {
            action.run();
        } finally {
            gate.countDown();
        }
    }
}
