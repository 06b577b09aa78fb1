package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.fastpath.Counters;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The way from other threads to the owner. */
@Timeout(value = 180, unit = TimeUnit.SECONDS) // a second alone, but each round wakes a thread, which others may delay
class PendingCallsTest {
    private static final int CAPACITY = 8;
    private static final int ROUNDS = 2_000;

    private static PendingCalls calls() {
        return calls(CAPACITY, 3);
    }

    private static PendingCalls calls(int capacity, int peers) {
        return new PendingCalls(capacity, peers, new RoomWatch(new Events(new Counters()), peers), () -> {});
    }

    private static int sendUntilClosed(PendingCalls calls) {
        ByteBuffer data = ByteBuffer.allocate(64);
        int taken = 0;
        for (int code = BtlStatus.OK; code != BtlStatus.CLOSED; ) {
            code = calls.send(0, 0, data, 0, data.capacity(), (cookie, status) -> {}, 0);
            taken += code == BtlStatus.OK ? 1 : 0;
            letTheOtherGoOn(code == BtlStatus.BACK_PRESSURE);
        }
        return taken;
    }

    /** Whoever spins for the other takes its processor where there are few: a round would cost slices of milliseconds. */
    private static void letTheOtherGoOn(boolean isWaiting) {
        if (isWaiting) {
            Thread.yield();
        }
    }

    @Test
    void shouldHearOfEveryCallThatWasTakenHoweverCloseMeetsIt() {
        for (int round = 0; round < ROUNDS; round++) {
            PendingCalls calls = calls();
            CompletableFuture<Integer> taken = CompletableFuture.supplyAsync(() -> sendUntilClosed(calls));
            int heard = 0;
            while (heard < round % 50) {
                int done = calls.drain(call -> true);
                letTheOtherGoOn(done == 0);
                heard += done;
            }
            List<Call> refused = new ArrayList<>();
            while (!calls.close(refused::add)) {
                letTheOtherGoOn(true);
            }
            assertThat(heard + refused.size()).isEqualTo(taken.join());
        }
    }

    @Test
    void shouldKeepInOrderWhatCouldNotBeDoneAndLoseNothingToAFailure() {
        PendingCalls calls = calls();
        for (int i = 0; i < 3; i++) {
            calls.send(i % 2, 0, ByteBuffer.allocate(8), 0, i, null, i);
        }
        assertThatThrownBy(() -> calls.drain(call -> {
                    throw new IllegalStateException("fails");
                }))
                .hasMessage("fails");
        List<Long> done = new ArrayList<>();
        assertThat(calls.drain(call -> call.peer == 1 && done.add(call.cookie))).isEqualTo(1);
        calls.send(0, 0, ByteBuffer.allocate(8), 0, 3, null, 3);
        assertThat(calls.drain(call -> done.add(call.cookie))).isEqualTo(3);
        assertThat(done).containsExactly(1L, 0L, 2L, 3L);
        assertThat(calls.isEmpty()).isTrue();
        assertThat(calls.close(call -> {})).isTrue();
    }

    @Test
    void shouldKeepNoCallWhoseMessageCannotBeCopied() {
        PendingCalls calls = calls();
        assertThatThrownBy(() -> calls.send(0, 0, ByteBuffer.allocate(8), 0, 16, null, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(calls.isEmpty()).isTrue();
        assertThat(calls.close(refused -> {})).isTrue();
    }

    /** Calls change hands all the time: there are hardly any free ones. */
    @Test
    void shouldCountForEachPeerWhoeverTakesACallNext() throws InterruptedException {
        int peers = 16;
        PendingCalls calls = calls(2, peers);
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int first = i;
            Thread caller = new Thread(() -> {
                for (int done = 0; done < 50_000; ) {
                    boolean isTaken = calls.connect((first + done * 7) % peers) == BtlStatus.OK;
                    done += isTaken ? 1 : 0;
                    letTheOtherGoOn(!isTaken);
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (int heard = 0; heard < 4 * 50_000; ) {
            int done = calls.drain(call -> true);
            heard += done;
            letTheOtherGoOn(done == 0);
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(calls.close(refused -> {})).isTrue();
    }

    @Test
    void shouldSayWhichOfFullAndClosedItIs() {
        PendingCalls calls = calls();
        for (int i = 0; i < CAPACITY / 2 + 1; i++) {
            assertThat(calls.connect(0)).isEqualTo(BtlStatus.OK);
        }
        assertThat(calls.connect(0)).isEqualTo(BtlStatus.BACK_PRESSURE);
        assertThat(calls.close(refused -> {})).isTrue();
        assertThat(calls.connect(0)).isEqualTo(BtlStatus.CLOSED);
    }
}
