package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Side;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A sender that cannot map a segment of its peer's for a while, as one that has no descriptor left: it tries again, and the peer
 * takes no harm, nor loses a receive by it. Here the segment's file is elsewhere meanwhile.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MissingSegmentTest {
    /** Enough for a segment of its own. */
    private static final int REGION_BYTES = 8 << 20;

    private static final int BYTES = 2000;
    private static final int RECEIVES = 4;
    private static final int ATTEMPTS = 2 * RECEIVES;

    private final JobDevice device =
            new JobDevice("job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    private final PeerProcess process = PeerProcess.start(device);
    private final Side there = process.side();
    private final LocalSide here = new LocalSide(device);
    private final End near = End.open(here, QpRequest.rc(), 0);
    private final End far = End.open(there, QpRequest.rc(), 0);

    @AfterEach
    void close() throws IOException {
        here.close();
        process.close();
        Files.deleteIfExists(device.folder());
    }

    @Test
    void shouldSendIntoTheReceiveThatWasNextWhenItCanBeMapped() throws IOException {
        connect(near, far);
        Region region = there.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
        for (int i = 0; i < RECEIVES; i++) {
            far.post(Recv.into(i, region.part((long) i * BYTES, BYTES)));
        }
        whileMissing(region, () -> near.post(send(0)));
        near.awaitSend(WcStatus.SUCCESS);
        for (int i = 1; i < RECEIVES; i++) {
            near.post(send(i));
            near.awaitSend(WcStatus.SUCCESS);
        }
        assertThat(far.awaitRecvs(RECEIVES)).extracting(Wc::wrId).containsExactly(0L, 1L, 2L, 3L);
        assertThat(there.read(region.handle(), (RECEIVES - 1) * BYTES, 1)).containsExactly(RECEIVES - 1);
    }

    @Test
    void shouldLeaveSharedReceivesToOthersMeanwhile() throws IOException {
        int srq = there.createSrq(RECEIVES, 1);
        End starved = End.open(there, QpRequest.rc().srq(srq), 0);
        End other = End.open(there, QpRequest.rc(), 0);
        End served = End.open(there, QpRequest.rc().srq(srq), 0);
        connect(near, starved);
        connect(other, served);
        Region region = there.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
        for (int i = 0; i < RECEIVES; i++) {
            assertThat(there.postSrqRecv(srq, Recv.into(i, region.part((long) i * BYTES, BYTES))))
                    .isZero();
        }
        whileMissing(region, () -> {
            near.post(send(0));
            awaitAttempts();
            for (int i = 1; i < RECEIVES; i++) {
                other.post(Send.send(i, other.region().part(0, BYTES)));
                other.awaitSend(WcStatus.SUCCESS);
            }
        });
        near.awaitSend(WcStatus.SUCCESS);
        assertThat(served.awaitRecvs(RECEIVES - 1)).extracting(Wc::wrId).containsExactly(0L, 1L, 2L);
        assertThat(starved.awaitRecv(WcStatus.SUCCESS).wrId()).isEqualTo(RECEIVES - 1);
    }

    @Test
    void shouldBlameNobodyForAWrite() throws IOException {
        connect(near, far);
        Region region = there.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
        near.write(0, new byte[] {7});
        whileMissing(region, () -> near.post(Send.write(1, near.region().part(0, BYTES), region, 0)));
        near.awaitSend(WcStatus.SUCCESS);
        assertThat(there.read(region.handle(), 0, 1)).containsExactly(7);
    }

    @Test
    void shouldBlameNobodyForARead() throws IOException {
        connect(near, far);
        Region region = there.allocate(REGION_BYTES, Wiring.ALL_ACCESS);
        there.write(region.handle(), 0, new byte[] {9});
        whileMissing(region, () -> near.post(Send.read(1, near.region().part(0, BYTES), region, 0)));
        near.awaitSend(WcStatus.SUCCESS);
        assertThat(near.read(0, 1)).containsExactly(9);
    }

    /** As patient as need be, and with a first message behind it, so that all else of the peer is mapped. */
    private static void connect(End sender, End receiver) {
        receiver.connect(receiver.towards(sender).minRnrTimer(1));
        sender.connect(sender.towards(receiver).retries(0, 7));
        sender.post(Send.write(0, sender.region().part(0, 8), receiver.region(), 0));
        sender.awaitSend(WcStatus.SUCCESS);
    }

    private Send send(int message) {
        near.write(0, new byte[] {(byte) message});
        return Send.send(message, near.region().part(0, BYTES));
    }

    private void whileMissing(Region region, Runnable action) throws IOException {
        Path segment = device.arena(there.address()).resolve("seg-" + (region.address() >>> 32));
        Path aside = Files.move(segment, segment.resolveSibling("aside"));
        try {
            action.run();
            awaitAttempts();
        } finally {
            Files.move(aside, segment);
        }
    }

    /** More than there are receives to be lost. */
    private static void awaitAttempts() {
        long then = SoftCounters.value(SoftCounter.RETRIES);
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
        while (SoftCounters.value(SoftCounter.RETRIES) < then + ATTEMPTS) {
            assertThat(System.nanoTime() - endNs).as("tries again").isNegative();
            Thread.onSpinWait();
        }
    }
}
