package io.openib.verbs.soft.cm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection manager's thread: sockets and timers. Handlers and timers run under the agent's lock, which every method
 * here expects to be held.
 */
final class CmLoop implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CmLoop.class);
    private static final long CLOSE_WAIT_MS = 2_000;

    /** What is attached to a socket's key. */
    interface Handler {
        void onReady(SelectionKey key);
    }

    private final Object lock;
    private final Selector selector;
    private final Thread thread;
    private final PriorityQueue<CmTimer> timers = new PriorityQueue<>();
    private boolean isStopping;
    private long rounds;

    /** Starts the thread. */
    CmLoop(Object lock, String threadName) {
        this.lock = lock;
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("no selector for the connection manager", e);
        }
        thread = new Thread(this, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    SelectionKey register(SelectableChannel channel, int interests, Handler handler) throws ClosedChannelException {
        SelectionKey key = channel.register(selector, interests, handler);
        wakeup();
        return key;
    }

    CmTimer schedule(long delayMs, Runnable action) {
        CmTimer timer = new CmTimer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs), action);
        timers.add(timer);
        if (timer.equals(timers.peek())) {
            wakeup();
        }
        return timer;
    }

    /** After a change that a waiting select must see. */
    void wakeup() {
        if (Thread.currentThread() != thread) {
            selector.wakeup();
        }
    }

    /** Closes a channel and waits, within a bound, until the operating system has its port back. */
    void closeAndWait(SelectableChannel channel) {
        closeQuietly(channel);
        if (Thread.currentThread() == thread) {
            return;
        }
        // Only a select that sees the close gives the port back, and that of the round to come may be over already.
        long last = rounds + 2;
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_WAIT_MS);
        boolean isInterrupted = false;
        while (rounds - last < 0 && thread.isAlive() && System.nanoTime() - deadlineNs < 0) {
            selector.wakeup();
            try {
                lock.wait(10);
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The thread serves no socket and no timer from now on; it closes what is still registered and ends. */
    void stop() {
        isStopping = true;
        selector.wakeup();
    }

    /** After {@link #stop()}, without the lock: waits, within a bound, for the thread to end. */
    void awaitEnd() {
        try {
            thread.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        try (selector) {
            while (turn()) {
                // one round after the other
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.error("the software connection manager stops: {}", e.toString(), e);
        }
    }

    private boolean turn() throws IOException {
        selector.select(waitMs());
        synchronized (lock) {
            rounds++;
            lock.notifyAll();
            if (isStopping) {
                // Sockets and timers belong to what is closed: none of them may find another loop in this one's place.
                selector.keys().forEach(key -> closeQuietly(key.channel()));
                timers.clear();
                return false;
            }
            for (SelectionKey key : selector.selectedKeys()) {
                handle(key);
            }
            selector.selectedKeys().clear();
            runTimers();
            return true;
        }
    }

    /** Whoever's fault it is, it ends with the one socket. */
    private static void handle(SelectionKey key) {
        try {
            if (key.isValid()) {
                ((Handler) key.attachment()).onReady(key);
            }
        } catch (RuntimeException e) {
            LOGGER.error("a socket of the software connection manager is closed: {}", e.toString(), e);
            closeQuietly(key.channel());
        }
    }

    private long waitMs() {
        synchronized (lock) {
            if (isStopping) {
                return 1;
            }
            CmTimer next = timers.peek();
            if (next == null) {
                return 0;
            }
            return Math.max(1, TimeUnit.NANOSECONDS.toMillis(next.deadlineNs() - System.nanoTime()) + 1);
        }
    }

    private void runTimers() {
        long nowNs = System.nanoTime();
        CmTimer next = timers.peek();
        while (next != null && (next.isCancelled() || next.deadlineNs() - nowNs <= 0)) {
            timers.remove();
            run(next);
            next = timers.peek();
        }
    }

    /** As with sockets: the others go on. */
    private static void run(CmTimer timer) {
        try {
            timer.run();
        } catch (RuntimeException e) {
            LOGGER.error("a timer of the software connection manager fails: {}", e.toString(), e);
        }
    }

    static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOGGER.debug("closing {}: {}", resource, e.toString());
        }
    }
}
