package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Errno;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Recv;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer stands in the midst of an operation: it holds up nobody who takes away what it works on, and that is given to nobody else
 * until it has gone on. The peer is one of this process, whose sequence says that it is at work.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StandingPeerTest {
    /** More than there are of a size. */
    private static final int BLOCKS = 64;

    /** More than goes within a completion. */
    private static final int BYTES = 256;

    private final LocalSide side = new LocalSide(new SoftEthernet());
    private final LocalSide ofPeer = new LocalSide(new SoftEthernet());
    private final int cq = side.createCq(16);
    private final int srq = side.createSrq(4, 1);
    private final End near = End.open(side, QpRequest.rc().cqs(cq, cq).srq(srq), 0);
    private final End far = End.open(ofPeer, QpRequest.rc(), 0);
    private final RcQp qp = (RcQp) side.qp(near.qp().handle());
    private final RcQp peer = (RcQp) ofPeer.qp(far.qp().handle());
    private final OwnArena arena = qp.adapter.arena();

    @BeforeEach
    void connect() {
        near.connect(near.towards(far));
        far.connect(far.towards(near));
    }

    private void stand() {
        peer.shown.beginOperation();
    }

    private boolean isAtWork() {
        return (peer.shown.operation() & 1) != 0;
    }

    private void goOn() {
        peer.shown.endOperation();
    }

    @AfterEach
    void close() {
        if (isAtWork()) {
            goOn();
        }
        side.close();
        ofPeer.close();
    }

    private static void promptly(Runnable action) throws Exception {
        start(action).get(End.WAIT_MS, TimeUnit.MILLISECONDS);
    }

    private static CompletableFuture<Void> start(Runnable action) {
        return CompletableFuture.runAsync(action, task -> {
            Thread thread = new Thread(task, "standing-peer-test");
            thread.setDaemon(true);
            thread.start();
        });
    }

    private static void await(BooleanSupplier isSo) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
        while (!isSo.getAsBoolean()) {
            assertThat(System.nanoTime() - endNs).as("in time").isNegative();
            Thread.onSpinWait();
        }
    }

    private boolean isKnown(SoftQp any) {
        return Arrays.asList(any.adapter.queuePairs().all()).contains(any);
    }

    /** Whether the arena would hand this block out before long. */
    private boolean isFree(long address, int bytes) {
        long[] next;
        synchronized (arena) { // what is freed meanwhile would come to lie under all of these
            next = LongStream.generate(() -> arena.allocate(bytes, ArenaLayout.LINE_BYTES))
                    .limit(BLOCKS)
                    .toArray();
            Arrays.stream(next).forEach(block -> arena.free(block, bytes, ArenaLayout.LINE_BYTES));
        }
        return Arrays.stream(next).anyMatch(block -> block == address);
    }

    @Test
    void shouldNotKeepAQueuePairFromClosing() throws Exception {
        stand();
        promptly(() -> side.close(near.qp().handle()));
        assertThat(qp.adapter.queuePairs().find(qp.number())).isNull();
        assertThat(isKnown(qp)).as("its number is taken").isTrue();
        assertThat(((SoftCq) qp.recvCq()).isSettling()).as("polls look at it").isFalse();
        goOn();
        await(() -> !isKnown(qp));
    }

    @Test
    void shouldKeepARegionsMemoryAndItsKeyAndNobodyElse() throws Exception {
        stand();
        MemoryRegion region = side.mr(near.region().handle());
        ByteBuffer writtenByThePeer = region.buffer(0, End.REGION_BYTES);
        promptly(() -> side.close(near.region().handle()));
        MemoryRegion next = side.pd().allocate(End.REGION_BYTES, region.access());
        assertThat(next.address()).isNotEqualTo(region.address());
        assertThat(next.lkey()).isNotEqualTo(region.lkey());
        writtenByThePeer.putLong(0, -1);
        assertThat(next.buffer().getLong(0)).isZero();
        next.close();
        assertThat(isFree(region.address(), End.REGION_BYTES)).isFalse();
        goOn();
        await(() -> isFree(region.address(), End.REGION_BYTES));
    }

    /** All of it goes on this side, in order; what the peer can reach stays where it is. */
    @Test
    void shouldKeepNothingFromClosingThatItUses() throws Exception {
        stand();
        long sharedQueue = ((SoftSrq) side.srq(srq)).shownAddress();
        promptly(() -> {
            side.close(near.qp().handle());
            side.close(srq);
            side.close(cq);
            side.close(near.region().handle());
            side.pd().close();
        });
        assertThat(isKnown(qp)).isTrue();
        assertThat(isFree(sharedQueue, SharedReceives.BYTES)).isFalse();
        goOn();
        await(() -> !isKnown(qp) && ((SoftCq) qp.recvCq()).isGone());
        await(() -> isFree(sharedQueue, SharedReceives.BYTES));
    }

    @Test
    void shouldNotKeepTheDeviceFromClosing() throws Exception {
        stand();
        promptly(side::close);
        assertThat(isKnown(qp)).isTrue();
        End later = End.open(ofPeer, QpRequest.rc(), 0);
        assertThat(later.number() >>> 8).isNotEqualTo(qp.number() >>> 8);
        goOn();
        await(() -> !isKnown(qp));
    }

    /** No peer reaches it, so what it is in the midst of is something else. */
    @Test
    void shouldNotKeepTheKeyOfMemoryThatNoPeerReaches() throws Exception {
        stand();
        int region = side.register(64, AccessFlag.LOCAL_WRITE.bit()).handle();
        promptly(() -> side.close(region));
    }

    private CompletableFuture<Void> reset() {
        CompletableFuture<Void> reset = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                near.to(QpState.RESET);
                reset.complete(null);
            } catch (RuntimeException e) {
                reset.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        await(() -> reset.isDone() || (isIn(thread, "reset") && (isIn(thread, "yield") || isIn(thread, "wait"))));
        assertThat(reset).isNotDone();
        return reset;
    }

    private static int errnoOf(ThrowingCallable action) {
        Throwable thrown = catchThrowable(action);
        Throwable failure = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
        return ((VerbsException) Objects.requireNonNull(failure)).errno();
    }

    /** The next life begins in the memory of this one. */
    @Test
    void shouldBeWaitedForByReset() throws Exception {
        stand();
        CompletableFuture<Void> reset = reset();
        goOn();
        reset.get(End.WAIT_MS, TimeUnit.MILLISECONDS);
    }

    /** Who resets waits alone: the device thread goes on, and so does whoever closes the queue pair. */
    @Test
    void shouldNotKeepOthersFromAQueuePairThatWaitsForIt() throws Exception {
        stand();
        CompletableFuture<Void> reset = reset();
        promptly(qp::fail);
        assertThat(near.state()).isEqualTo(QpState.RESET);
        promptly(() -> side.close(near.qp().handle()));
        assertThat(errnoOf(() -> reset.get(End.WAIT_MS, TimeUnit.MILLISECONDS))).isEqualTo(Errno.EINVAL);
        assertThat(isKnown(qp)).as("its number is taken").isTrue();
        goOn();
        await(() -> !isKnown(qp));
    }

    /** No next life begins, and no region goes, while one of the lives before may be written to. */
    @Test
    void shouldNotKeepResetForEver() throws Exception {
        stand();
        assertThat(errnoOf(() -> promptly(() -> near.to(QpState.RESET)))).isEqualTo(Errno.EAGAIN);
        assertThat(near.state()).isEqualTo(QpState.RESET);
        assertThat(errnoOf(() -> near.connect(near.towards(far)))).isEqualTo(Errno.EAGAIN);
        MemoryRegion region = side.mr(near.region().handle());
        side.close(near.region().handle());
        assertThat(isFree(region.address(), End.REGION_BYTES)).isFalse();
        goOn();
        await(() -> isFree(region.address(), End.REGION_BYTES));
        near.to(QpState.RESET);
        far.to(QpState.RESET);
        near.connect(near.towards(far));
        far.connect(far.towards(near));
        Region slot = side.allocate(BYTES, Wiring.ALL_ACCESS);
        side.postSrqRecv(srq, Recv.into(3, slot.part(0, BYTES)));
        far.post(Send.send(1, far.region().part(0, BYTES)));
        assertThat(near.awaitRecv(WcStatus.SUCCESS).wrId()).isEqualTo(3);
    }

    /** Once it has gone on, the move is over, whoever waits or not. */
    @Test
    void shouldLetResetEndWhenItGoesOnThoughNobodyWaits() throws Exception {
        stand();
        assertThat(errnoOf(() -> promptly(() -> near.to(QpState.RESET)))).isEqualTo(Errno.EAGAIN);
        goOn();
        await(() -> catchThrowable(() -> near.connect(near.towards(far))) == null);
    }

    /** It takes a receive of a shared queue when its queue pair has gone, and the queue pair's completion queue perhaps. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveASharedReceiveBackThatItTakes(boolean isQueueClosed) throws Exception {
        Region slots = side.allocate(2 * BYTES, Wiring.ALL_ACCESS);
        for (int slot = 0; slot < 2; slot++) {
            side.postSrqRecv(srq, Recv.into(slot, slots.part((long) slot * BYTES, BYTES)));
        }
        Send message = Send.send(1, far.region().part(0, BYTES));
        far.post(message);
        near.awaitRecvs(1);
        OutboundRing ring = Objects.requireNonNull(peer.target()).completions();
        Thread poster = new Thread(() -> far.post(message));
        poster.setDaemon(true);
        ring.take();
        try {
            poster.start();
            await(() -> isIn(poster, "take"));
            promptly(() -> side.close(near.qp().handle()));
            if (isQueueClosed) {
                promptly(() -> side.close(cq));
            }
        } finally {
            ring.giveBack();
        }
        poster.join(End.WAIT_MS);
        assertThat(far.awaitSends(2)).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
        await(() -> !isKnown(qp));
        if (isQueueClosed) {
            await(((SoftCq) qp.recvCq())::isGone);
        } else {
            assertThat(side.poll(cq, 2)).as("of a queue pair that is no more").isEmpty();
        }
        End next = End.open(side, QpRequest.rc().srq(srq), 0);
        End sender = End.open(ofPeer, QpRequest.rc(), 0);
        next.connect(next.towards(sender));
        sender.connect(sender.towards(next));
        sender.post(Send.send(2, sender.region().part(0, BYTES)));
        assertThat(next.awaitRecv(WcStatus.SUCCESS).wrId()).isEqualTo(1);
    }

    private static boolean isIn(Thread thread, String method) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }
}
