package io.openib.btl;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread that owns a transport and progresses it, for programs that do not want to poll themselves. */
public final class BtlAgent implements AutoCloseable {
    private static final long STOP_TIMEOUT_MS = 5_000;

    private final Btl btl;
    private final Idle idle;
    private final Thread thread;
    private final CountDownLatch hasAdopted = new CountDownLatch(1);
    private volatile boolean isStopped;
    private volatile @Nullable Throwable failure;
    private boolean isClosed;

    private BtlAgent(Btl btl, Idle idle) {
        this.btl = btl;
        this.idle = idle;
        this.thread = new Thread(this::run, "openib-btl-agent");
    }

    /**
     * Starts the thread, which owns the transport on return. Handlers are registered before this call or from callbacks.
     *
     * @param idle what the thread does when there is nothing to do
     */
    public static BtlAgent start(Btl btl, Idle idle) {
        BtlAgent agent = new BtlAgent(btl, idle);
        agent.thread.setDaemon(true);
        agent.thread.start();
        boolean wasInterrupted = false;
        while (true) {
            try {
                agent.hasAdopted.await();
                break;
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        return agent;
    }

    private void run() {
        btl.adopt();
        hasAdopted.countDown();
        try {
            while (!isStopped) {
                idle.idle(btl.progress());
            }
        } catch (Throwable thrown) {
            failure = thrown;
            throw thrown;
        }
    }

    /**
     * Stops the thread and makes the caller the transport's owner, who closes it. Not within a callback. Idempotent.
     *
     * @throws BtlException if a callback keeps the thread for 5 s, whereupon it may be called again; or if the thread had ended
     *     before, by what {@link Btl#progress} or {@link Idle} threw: that is the cause, and the caller is the owner all the same
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isStopped = true;
        LockSupport.unpark(thread);
        boolean wasInterrupted = false;
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS);
        while (thread.isAlive() && System.nanoTime() < deadlineNs) {
            try {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime())));
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new BtlException("the agent's thread does not stop: a callback has kept it for " + STOP_TIMEOUT_MS
                    + " ms; callbacks must not block");
        }
        btl.adopt();
        isClosed = true;
        if (failure != null) {
            throw new BtlException("the agent's thread had ended: " + failure, failure);
        }
    }
}
