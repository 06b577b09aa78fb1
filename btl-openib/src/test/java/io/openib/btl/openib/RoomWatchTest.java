package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.openib.btl.BtlStatus;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.Room;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RoomWatchTest {
    private static final int PEERS = 4;

    private final Events events = new Events(new Counters());
    private final RoomWatch watch = new RoomWatch(events, PEERS);
    private final List<Integer> told = new ArrayList<>();

    private static int all(int peer, int kinds) {
        return kinds;
    }

    private static int nothing(int peer, int kinds) {
        return 0;
    }

    @Test
    void shouldNoteNothingWhileNobodyWantsToHear() {
        assertThat(watch.refuse(1, Room.SENDS)).isEqualTo(BtlStatus.BACK_PRESSURE);
        assertThat(watch.isAwaited()).isFalse();
    }

    @Test
    void shouldTellOncePerPeerOfSeveralRefusalsAndOnlyWhenThereIsRoom() {
        events.onRoom(told::add);
        for (int i = 0; i < 3; i++) {
            watch.refuse(1, Room.SENDS);
            watch.refuse(1, Room.ATOMICS);
            watch.refuse(3, Room.HANDED);
        }
        assertThat(watch.tell(RoomWatchTest::nothing)).isZero();
        assertThat(told).isEmpty();
        assertThat(watch.isAwaited()).isTrue();
        assertThat(watch.tell(RoomWatchTest::all)).isEqualTo(2);
        assertThat(told).containsExactlyInAnyOrder(1, 3);
        assertThat(watch.isAwaited()).isFalse();
        assertThat(watch.tell(RoomWatchTest::all)).isZero();
    }

    @Test
    void shouldTellOfEachKindWhenItsRoomComes() {
        events.onRoom(told::add);
        watch.refuse(1, Room.SENDS);
        watch.refuse(1, Room.ATOMICS);
        watch.tell((peer, kinds) -> kinds & Room.ATOMICS);
        watch.tell((peer, kinds) -> kinds & Room.ATOMICS);
        assertThat(told).containsExactly(1);
        watch.tell((peer, kinds) -> kinds & Room.SENDS);
        assertThat(told).containsExactly(1, 1);
        assertThat(watch.isAwaited()).isFalse();
    }

    @Test
    void shouldLeaveToTheNextTimeWhoIsRefusedWithinTheHandler() {
        events.onRoom(peer -> {
            told.add(peer);
            watch.refuse(peer, Room.SENDS);
            watch.refuse((peer + 1) % PEERS, Room.SENDS);
        });
        watch.refuse(1, Room.SENDS);
        watch.refuse(1, Room.ATOMICS);
        assertThat(watch.tell((peer, kinds) -> kinds & Room.SENDS)).isEqualTo(1);
        assertThat(told).containsExactly(1);
        watch.tell((peer, kinds) -> kinds & Room.SENDS);
        assertThat(told).containsExactlyInAnyOrder(1, 1, 2);
    }

    @Test
    void shouldTellAllWhoWaitWhenItIsClosed() {
        events.onRoom(told::add);
        watch.refuse(0, Room.SENDS);
        watch.refuse(2, Room.HANDED);
        watch.close();
        assertThat(told).containsExactlyInAnyOrder(0, 2);
    }

    /** After each refusal of a thread there is a notice: none may be lost between the two. */
    @Test
    void shouldLoseNoRefusalOfManyThreads() throws InterruptedException {
        int each = 100_000; // or fewer, on a machine that is too busy for all of them
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        AtomicIntegerArray notices = new AtomicIntegerArray(PEERS);
        events.onRoom(notices::incrementAndGet);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                for (int count = 0; count < each && System.nanoTime() < endNs; count++) {
                    int peer = (number + count) % PEERS;
                    int before = notices.get(peer);
                    watch.refuse(peer, 1 << number);
                    while (notices.get(peer) == before) {
                        Thread.yield();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            if (watch.tell(RoomWatchTest::all) == 0) {
                Thread.yield();
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        watch.tell(RoomWatchTest::all);
        assertThat(watch.isAwaited()).isFalse();
    }

    @Test
    void shouldAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        events.onRoom(peer -> {});
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                watch.refuse(i % PEERS, Room.SENDS);
                watch.tell(RoomWatchTest::all);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
    }
}
