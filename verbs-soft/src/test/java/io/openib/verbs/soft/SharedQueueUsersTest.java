package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.QpRequest;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes and goes beside a shared receive queue that stays: nothing of it is held until something else comes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SharedQueueUsersTest {
    private static final int AT_ONCE = 16;

    private final LocalSide side = new LocalSide(new SoftEthernet());

    private static void assertCollected(List<? extends WeakReference<?>> gone) {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(End.WAIT_MS);
        while (!gone.stream().allMatch(one -> one.refersTo(null)) && System.nanoTime() - endNs < 0) {
            System.gc();
        }
        assertThat(gone).allMatch(one -> one.refersTo(null));
    }

    /** A completion queue of its own for each queue pair, all of them closed before the completion queues. */
    private WeakReference<SoftCq> comeAndGo(int srq) {
        int cq = side.createCq(16);
        WeakReference<SoftCq> queue = new WeakReference<>((SoftCq) side.cq(cq));
        side.close(side.createQp(QpRequest.rc().cqs(cq, cq).srq(srq)).handle());
        side.close(cq);
        return queue;
    }

    @Test
    void shouldNotHoldCompletionQueuesThatAreGone() {
        try (side) {
            int srq = side.createSrq(4, 1);
            assertCollected(Stream.generate(() -> comeAndGo(srq)).limit(AT_ONCE).toList());
        }
    }

    /** The other way round: a completion queue stays, and shared queues come and go. */
    @Test
    void shouldNotBeHeldByACompletionQueueWhenItIsGone() {
        try (side) {
            int cq = side.createCq(16);
            assertCollected(
                    Stream.generate(() -> sharedComesAndGoes(cq)).limit(AT_ONCE).toList());
        }
    }

    private WeakReference<SoftSrq> sharedComesAndGoes(int cq) {
        int srq = side.createSrq(4, 1);
        WeakReference<SoftSrq> queue = new WeakReference<>((SoftSrq) side.srq(srq));
        side.close(side.createQp(QpRequest.rc().cqs(cq, cq).srq(srq)).handle());
        assertThat(side.poll(cq, 1)).as("settles what the queue pair left").isEmpty();
        side.close(srq);
        return queue;
    }
}
