package io.openib.wireup.rdmacm;

import static io.openib.wireup.rdmacm.CmHarness.connected;
import static io.openib.wireup.rdmacm.CmHarness.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.Connection;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens while the control thread takes no more work is not lost. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FullControlThreadTest {
    private final List<CmHarness> sides = new ArrayList<>();

    @AfterEach
    void close() {
        sides.forEach(CmHarness::close);
    }

    private CmHarness side(int rank, Consumer<Options> change) {
        Options options = new Options();
        options.maxWaiting = 8;
        change.accept(options);
        CmHarness side = new CmHarness(rank, options);
        sides.add(side);
        return side;
    }

    private CmHarness side(int rank) {
        return side(rank, options -> options.retryCount = 0);
    }

    /** Gives work to the control thread until that takes no more. */
    private static void fill(CmHarness side) {
        boolean isTaken = true;
        while (isTaken) {
            isTaken = side.control().execute(() -> {});
        }
    }

    /** Keeps the control thread busy, and full, until the gate opens. */
    private static void hold(CmHarness side, CountDownLatch gate) throws InterruptedException {
        CountDownLatch isHeld = new CountDownLatch(1);
        side.control().execute(() -> {
            isHeld.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        isHeld.await();
        fill(side);
    }

    /** What came before the last of so many requests has been handed on then. */
    private static void awaitRequests(RequestTape tape, int count) {
        while (tape.requests().size() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldLoseNoRequest() throws InterruptedException {
        RequestTape tape = new RequestTape();
        CountDownLatch gate = new CountDownLatch(1);
        CmHarness full = side(1, options -> options.tape = tape);
        hold(full, gate);
        List<CmHarness> others = List.of(side(2), side(3));
        others.forEach(other -> other.connect(full));
        awaitRequests(tape, 2);
        gate.countDown();
        for (CmHarness other : others) {
            assertThat(connected(other.outgoing).peer()).isEqualTo(full.name());
        }
    }

    @Test
    void shouldHearOfTheEndOfAConnection() throws InterruptedException {
        RequestTape tape = new RequestTape();
        CountDownLatch gate = new CountDownLatch(1);
        CmHarness full = side(1, options -> options.tape = tape);
        CmHarness other = side(2);
        other.connect(full);
        Connection theirs = connected(other.outgoing);
        Connection own = connected(full.incoming);
        hold(full, gate);
        other.retire(theirs);
        other.connect(full);
        awaitRequests(tape, 2);
        gate.countDown();
        assertThat(full.awaitDisconnected()).isSameAs(own);
    }

    @Test
    void shouldCloseAllTheSame() throws InterruptedException {
        CmHarness one = side(1);
        CmHarness mute = side(2);
        mute.policy = request -> {};
        one.connect(mute);
        one.control().execute(() -> {
            fill(one);
            one.module().close();
        });
        assertThat(failed(one.outgoing).reason()).isEqualTo(Reason.CLOSED);
    }
}
