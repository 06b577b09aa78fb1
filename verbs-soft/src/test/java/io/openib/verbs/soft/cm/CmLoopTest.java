package io.openib.verbs.soft.cm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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

    /** Its thread may have looked at the sockets just before; where it stands then is left to chance, so often. */
    @Test
    void shouldHaveGivenThePortBackWhenItHasClosed() throws IOException {
        CmLoop loop = new CmLoop(lock, "cm-loop-test");
        for (int i = 0; i < 2_000; i++) {
            ServerSocketChannel server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.configureBlocking(false);
            SocketAddress address = server.getLocalAddress();
            synchronized (lock) {
                loop.register(server, SelectionKey.OP_ACCEPT, key -> {});
            }
            for (int spin = 0; spin < (i & 63) * 50; spin++) {
                Thread.onSpinWait();
            }
            synchronized (lock) {
                loop.closeAndWait(server);
                assertThatThrownBy(() -> SocketChannel.open(address))
                        .as("round %d", i)
                        .isInstanceOf(ConnectException.class);
            }
        }
        synchronized (lock) {
            loop.stop();
        }
        loop.awaitEnd();
    }
}
