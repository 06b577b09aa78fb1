package io.openib.wireup;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A control thread: one daemon with a name, timers, and a bound on what may wait. */
public final class ControlThread implements ControlExecutor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlThread.class);
    private static final long STOP_TIMEOUT_MS = 2_000;

    private final ScheduledThreadPoolExecutor executor;
    private final AtomicInteger waiting = new AtomicInteger();
    private final int maxWaiting;
    private volatile @Nullable Thread thread;

    /**
     * Starts with its first work.
     *
     * @param name of the thread
     * @param maxWaiting pieces of work that may wait, timers not counted
     */
    public ControlThread(String name, int maxWaiting) {
        this.maxWaiting = maxWaiting;
        executor = new ScheduledThreadPoolExecutor(1, work -> {
            Thread started = new Thread(work, name);
            started.setDaemon(true);
            thread = started;
            return started;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public boolean execute(Runnable work) {
        if (isOver()) {
            return false;
        }
        if (waiting.incrementAndGet() > maxWaiting) {
            waiting.decrementAndGet();
            LOG.warn("More than {} pieces of work wait for {}; one more is dropped", maxWaiting, this);
            return false;
        }
        try {
            executor.execute(() -> {
                waiting.decrementAndGet();
                run(work);
            });
            return true;
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            return false;
        }
    }

    @Override
    public Runnable schedule(long delayMs, Runnable work) {
        try {
            var future = executor.schedule(() -> run(work), delayMs, TimeUnit.MILLISECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException e) {
            return () -> {};
        }
    }

    @Override
    public boolean isOver() {
        return executor.isShutdown();
    }

    private static void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.error("The control thread goes on after a failure", e);
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public boolean isControlThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public String toString() {
        Thread current = thread;
        return current == null ? "a control thread" : current.getName();
    }

    /** Runs what waits, drops the timers and ends; bounded by two seconds, which an interrupt does not shorten. Idempotent. */
    @Override
    public void close() {
        executor.shutdown();
        if (!isControlThread() && !hasEnded()) {
            LOG.warn("{} is still busy after {} ms and is left behind", this, STOP_TIMEOUT_MS);
            executor.shutdownNow();
        }
    }

    private boolean hasEnded() {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS);
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return executor.awaitTermination(endNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                }
            }
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
