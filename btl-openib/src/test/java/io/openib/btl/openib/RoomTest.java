package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlAgent;
import io.openib.btl.BtlStatus;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerError;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who was refused is told when it is worth while to try again. */
@Timeout(60)
class RoomTest {
    private static final int ROUNDS = 1_000;
    private static final int MOST = 100_000;
    private static final int THREADS = 4;

    private final ByteBuffer data = ByteBuffer.allocate(65_536);
    private final List<Integer> notices = new ArrayList<>();
    private int heard;

    private static void connect(Ranks ranks) {
        ranks.rank(0).connect(1);
        ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
    }

    /** Until it is refused, and then some more, which makes no difference. */
    private static int fill(IntSupplier call) {
        int accepted = 0;
        while (call.getAsInt() == BtlStatus.OK) {
            accepted++;
            assertThat(accepted).isLessThan(MOST);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(call.getAsInt()).isEqualTo(BtlStatus.BACK_PRESSURE);
        }
        return accepted;
    }

    private void progressAlone(Btl btl) {
        for (int i = 0; i < ROUNDS; i++) {
            btl.progress();
        }
        assertThat(notices).isEmpty();
    }

    private void hear(Btl btl) {
        btl.registerReceive(1, (peer, tag, bytes, offset, length) -> heard++);
    }

    /** The notice comes, once, and is true. */
    private void untilThereIsRoom(Ranks ranks, IntSupplier call) {
        List<Integer> codes = new ArrayList<>();
        ranks.rank(0).onRoom(peer -> {
            notices.add(peer);
            codes.add(call.getAsInt());
        });
        ranks.until(() -> !notices.isEmpty());
        for (int i = 0; i < ROUNDS; i++) {
            ranks.rank(0).progress();
            ranks.rank(1).progress();
        }
        assertThat(notices).containsExactly(1);
        assertThat(codes).containsExactly(BtlStatus.OK);
    }

    @Test
    void shouldTellWhenWhatWaitedForAConnectionIsOnItsWay() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "16")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            assertThat(btl.onRoom(notices::add)).isEqualTo(BtlStatus.OK);
            IntSupplier send = () -> btl.send(1, 1, data, 0, 8, null, 0);
            assertThat(fill(send)).isEqualTo(16);
            assertThat(notices).isEmpty();
            untilThereIsRoom(ranks, send);
            ranks.until(() -> heard == 17);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 60_000})
    void shouldTellWhenAPeerThatTookNothingGoesOn(int bytes) {
        try (Ranks ranks = new Ranks(
                2, "btl_openib_receive_queues", "P,128,2,1,1,1:S,65536,8,4,2,2", "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            connect(ranks);
            IntSupplier send = () -> btl.send(1, 1, data, 0, bytes, null, 0);
            int accepted = fill(send);
            for (int more = 1; more > 0; accepted += more) { // until the receiver would have to do something
                progressAlone(btl);
                more = fill(send);
            }
            int all = accepted;
            btl.onRoom(notices::add);
            assertThat(fill(send)).isZero();
            progressAlone(btl);
            untilThereIsRoom(ranks, send);
            ranks.until(() -> heard == all + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 1_000, 60_000})
    void shouldTellWhenAMessageCanGoAtOnce(int bytes) {
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", "P,128,8,6,4:S,2048,16,8:S,65536,16,8,4,4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            connect(ranks);
            btl.onRoom(notices::add);
            IntSupplier send = () -> btl.sendImmediate(1, 1, data, 0, bytes);
            int accepted = fill(send);
            untilThereIsRoom(ranks, send);
            ranks.until(() -> heard == accepted + 1);
        }
    }

    /** Immediate ones may not overtake what waits, for the same queue or another one. */
    @ParameterizedTest
    @ValueSource(ints = {8, 60_000})
    void shouldTellWhenNothingIsBeforeAMessageThatMayNotWait(int bytes) {
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", "P,128,2,1,1,1:S,65536,8,4,2,2")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            connect(ranks);
            for (int i = 0; i < 20; i++) {
                assertThat(btl.send(1, 1, data, 0, bytes, null, 0)).isEqualTo(BtlStatus.OK);
            }
            btl.onRoom(notices::add);
            IntSupplier send = () -> btl.sendImmediate(1, 1, data, 0, 8);
            assertThat(fill(send)).isZero();
            progressAlone(btl);
            untilThereIsRoom(ranks, send);
            ranks.until(() -> heard == 21);
        }
    }

    @Test
    void shouldTellOfRoomForAtomicsAndForPutsOfThemselves() {
        try (Ranks ranks = new Ranks(2);
                RegisteredMemory local = ranks.rank(0).allocate(8);
                RegisteredMemory target = ranks.rank(1).allocate(8)) {
            Btl btl = ranks.rank(0);
            MemoryHandle handle = target.handle();
            connect(ranks);
            btl.onRoom(notices::add);
            IntSupplier put = () -> btl.putBytes(1, data, 0, handle, 0, 8, null, 0);
            assertThat(fill(put)).isGreaterThan(100);
            assertThat(notices).isEmpty();
            untilThereIsRoom(ranks, put);
            notices.clear();
            IntSupplier add = () -> btl.fetchAdd(1, local, 0, handle, 0, 1, null, 0);
            assertThat(fill(add)).isPositive();
            untilThereIsRoom(ranks, add);
        }
    }

    @Test
    void shouldTellWhenTheLauncherHasToldOfThePeer() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            ranks.job.silenceLauncher();
            btl.onRoom(notices::add);
            IntSupplier send = () -> btl.send(1, 1, data, 0, 8, null, 0);
            assertThat(fill(send)).isEqualTo(4);
            progressAlone(btl);
            ranks.job.answer();
            untilThereIsRoom(ranks, send);
            ranks.until(() -> heard == 5);
        }
    }

    @Test
    void shouldGiveNoticeOfAPeerThatDiesAfterItsDeathIsTold() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "4", "btl_openib_thread_queue", "4")) {
            Btl btl = ranks.rank(0);
            List<PeerError> errors = new ArrayList<>();
            List<Integer> codes = new ArrayList<>();
            btl.onError(errors::add);
            btl.onRoom(peer -> {
                assertThat(errors).hasSize(1);
                notices.add(peer);
                codes.add(btl.send(1, 1, data, 0, 8, null, 0));
            });
            fill(() -> btl.send(1, 1, data, 0, 8, null, 0));
            fillElsewhere(btl);
            ranks.job.die(1);
            ranks.until(() -> !notices.isEmpty());
            progressRank0(ranks);
            assertThat(notices).containsOnly(1).hasSizeLessThanOrEqualTo(2);
            assertThat(codes).containsOnly(BtlStatus.PEER_FAILED);
            assertThat(btl.counters()).containsEntry("callback_failures", 0L);
        }
    }

    /** That is no error: nothing else tells of it. */
    @Test
    void shouldGiveNoticeOfAPeerThatLeaves() {
        try (Ranks ranks = new Ranks(
                2, "btl_openib_receive_queues", "P,128,2,1,1,1:S,65536,64", "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            Btl other = ranks.rank(1);
            connect(ranks);
            List<Integer> codes = new ArrayList<>();
            fill(() -> btl.send(1, 1, data, 0, 8, null, 0));
            btl.onRoom(peer -> codes.add(btl.send(1, 1, data, 0, 8, null, 0)));
            assertThat(btl.send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.BACK_PRESSURE);
            ranks.forget(other);
            other.close();
            ranks.until(() -> codes.contains(BtlStatus.PEER_FAILED));
        }
    }

    @Test
    void shouldGiveNoticeInARoundAfterEachRefusalHoweverTheHandlerSends() {
        int many = 20_000;
        try (Ranks ranks =
                new Ranks(2, "btl_openib_receive_queues", "P,128,8,6,4:S,65536,64", "btl_openib_pending_sends", "8")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            int[] sent = {0};
            int[] ofRound = {0};
            Runnable pump = () -> {
                while (sent[0] < many && btl.send(1, 1, data, 0, 8, null, 0) == BtlStatus.OK) {
                    sent[0]++;
                }
            };
            btl.onRoom(peer -> {
                ofRound[0]++;
                assertThat(btl.progress()).isZero();
                pump.run();
            });
            pump.run();
            ranks.until(() -> {
                ofRound[0] = 0;
                btl.progress();
                assertThat(ofRound[0]).isLessThanOrEqualTo(1);
                return heard == many;
            });
            assertThat(btl.counters()).containsEntry("callback_failures", 0L);
        }
    }

    @Test
    void shouldGoOnThoughTheHandlerThrows() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "4")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            btl.onRoom(peer -> {
                notices.add(peer);
                throw new IllegalStateException("thrown by the test's handler");
            });
            fill(() -> btl.send(1, 1, data, 0, 8, null, 0));
            ranks.until(() -> notices.size() == 1 && heard == 4);
            assertThat(btl.counters()).containsEntry("callback_failures", 1L);
            fill(() -> btl.send(1, 1, data, 0, 8, null, 0));
            ranks.until(() -> notices.size() == 2);
            assertThat(btl.counters()).containsEntry("callback_failures", 2L);
        }
    }

    @Test
    void shouldGiveNoticeToWhomItRefusedWhenItIsClosed() {
        try (Ranks ranks = new Ranks(2, "btl_openib_close_timeout", "50", "btl_openib_drain_timeout", "50")) {
            Btl btl = ranks.rank(0);
            connect(ranks);
            List<Integer> codes = new ArrayList<>();
            IntSupplier send = () -> btl.send(1, 1, data, 0, 60_000, null, 0);
            btl.onRoom(peer -> codes.add(send.getAsInt()));
            fill(send);
            ranks.forget(btl);
            btl.close();
            assertThat(codes).isNotEmpty();
        }
    }

    /** Threads that wait for notice alone: the last one, after which no round follows, comes to each of them. */
    @Test
    void shouldEndEachThreadThatWaitsForNoticeWhenItIsClosed() throws Exception {
        try (Ranks ranks = new Ranks(
                2,
                "btl_openib_thread_queue",
                "2",
                "btl_openib_close_timeout",
                "50",
                "btl_openib_drain_timeout",
                "50")) {
            Btl btl = ranks.rank(0);
            connect(ranks);
            int more = fill(() -> btl.send(1, 1, data, 0, 8, null, 0)); // the peer takes nothing
            while (more > 0) {
                progressAlone(btl);
                more = fill(() -> btl.send(1, 1, data, 0, 8, null, 0));
            }
            Notices told = new Notices();
            btl.onRoom(peer -> told.come());
            List<FutureTask<Integer>> senders = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                FutureTask<Integer> sender = new FutureTask<>(() -> sendToTheEnd(btl, told));
                senders.add(sender);
                new Thread(sender).start();
            }
            while (told.waiting() < THREADS) {
                btl.progress();
            }
            int before = told.count();
            progressAlone(btl);
            assertThat(told.count())
                    .as("all that there was room for has been told")
                    .isEqualTo(before);
            ranks.forget(btl);
            btl.close();
            for (FutureTask<Integer> sender : senders) {
                assertThat(sender.get(20, TimeUnit.SECONDS)).isEqualTo(BtlStatus.CLOSED);
            }
        }
    }

    private static int sendToTheEnd(Btl btl, Notices told) throws InterruptedException {
        ByteBuffer bytes = ByteBuffer.allocate(8);
        while (true) {
            int seen = told.count();
            int code = btl.send(1, 1, bytes);
            if (code == BtlStatus.BACK_PRESSURE) {
                told.awaitOneAfter(seen);
            } else if (code != BtlStatus.OK) {
                return code;
            }
        }
    }

    /** As the advice is: counted, for all who wait. */
    private static final class Notices {
        private int count;
        private int waiting;

        synchronized int count() {
            return count;
        }

        synchronized int waiting() {
            return waiting;
        }

        synchronized void come() {
            count++;
            waiting = 0;
            notifyAll();
        }

        synchronized void awaitOneAfter(int seen) throws InterruptedException {
            waiting += count == seen ? 1 : 0;
            while (count == seen) {
                wait();
            }
        }
    }

    private void progressRank0(Ranks ranks) {
        for (int i = 0; i < ROUNDS; i++) {
            ranks.rank(0).progress();
        }
    }

    private void fillElsewhere(Btl btl) {
        Thread thread = new Thread(() -> fill(() -> btl.send(1, 1, data, 0, 8, null, 0)));
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldTellTheOwnerWhenAnotherThreadsCallsHaveRoom() {
        try (Ranks ranks = new Ranks(2, "btl_openib_thread_queue", "8")) {
            Btl btl = ranks.rank(0);
            hear(ranks.rank(1));
            btl.onRoom(notices::add);
            fillElsewhere(btl);
            assertThat(notices).isEmpty();
            ranks.until(() -> heard == 5);
            assertThat(notices).containsExactly(1);
        }
    }

    /** Nobody polls: the owner sleeps for longer than the test may take, and a thread that is refused waits for notice. */
    @Test
    void shouldMissNoRefusalOfThreadsThatWaitForNoticeAlone() throws Exception {
        int each = 5_000;
        try (Ranks ranks = new Ranks(1, "btl_openib_thread_queue", "2")) {
            Btl btl = ranks.rank(0);
            btl.connect(0);
            ranks.until(() -> btl.isConnected(0));
            Semaphore room = new Semaphore(0);
            Semaphore arrived = new Semaphore(0);
            AtomicInteger told = new AtomicInteger();
            List<Throwable> failures = new ArrayList<>();
            btl.registerReceive(1, (peer, tag, bytes, offset, length) -> arrived.release());
            btl.onRoom(peer -> {
                told.incrementAndGet();
                assertThat(Thread.currentThread().getName()).isEqualTo("openib-btl-agent");
                room.release(THREADS);
            });
            try (BtlAgent agent = BtlAgent.start(btl, RoomTest::sleep)) {
                assertThat(agent).isNotNull();
                List<Thread> senders = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    Thread sender = new Thread(() -> sendAll(btl, each, room));
                    sender.setUncaughtExceptionHandler((thread, thrown) -> {
                        synchronized (failures) {
                            failures.add(thrown);
                        }
                    });
                    senders.add(sender);
                    sender.start();
                }
                for (Thread sender : senders) {
                    sender.join();
                }
                assertThat(failures).isEmpty();
                assertThat(arrived.tryAcquire(THREADS * each, 20, TimeUnit.SECONDS))
                        .isTrue();
            }
            assertThat(told.get()).isPositive();
            assertThat(btl.counters()).containsEntry("callback_failures", 0L);
        }
    }

    private static void sleep(int work) {
        if (work == 0) {
            LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(5));
        }
    }

    private static void sendAll(Btl btl, int count, Semaphore room) {
        ByteBuffer bytes = ByteBuffer.allocate(8);
        for (int i = 0; i < count; i++) {
            while (btl.send(0, 1, bytes) == BtlStatus.BACK_PRESSURE) {
                try {
                    assertThat(room.tryAcquire(20, TimeUnit.SECONDS))
                            .as("a notice")
                            .isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }
}
