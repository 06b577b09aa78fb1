package io.openib.verbs.soft.cm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class CmLoopTest {
    private final Object lock = new Object();

    @Test
    void shouldRunNoTimerOnceItIsStopped() {
        CmLoop loop = new CmLoop(lock, "cm-loop-test");
        AtomicInteger runs = new AtomicInteger();
        synchronized (lock) {
            CmTimer timer = loop.schedule(0, runs::incrementAndGet);
            while (System.nanoTime() - timer.deadlineNs() <= 0) {
                Thread.onSpinWait();
            }
            loop.stop();
        }
        loop.awaitEnd();
        assertThat(runs).hasValue(0);
    }

    @Test
    void shouldGoOnAfterATimerThatFails() throws InterruptedException {
        CmLoop loop = new CmLoop(lock, "cm-loop-test");
        CountDownLatch later = new CountDownLatch(1);
        synchronized (lock) {
            loop.schedule(0, () -> {
                throw new IllegalStateException("thrown for a test");
            });
            loop.schedule(1, later::countDown);
        }
        assertThat(later.await(20, TimeUnit.SECONDS)).isTrue();
        synchronized (lock) {
            loop.stop();
        }
        loop.awaitEnd();
    }
}
