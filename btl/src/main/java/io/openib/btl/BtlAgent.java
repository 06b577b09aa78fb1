package io.openib.btl;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that owns a transport and progresses it, for programs that do not want to poll themselves. What only the owner may do, {@link
 * #execute} has it do.
 */
public final class BtlAgent implements AutoCloseable {
    private static final long STOP_TIMEOUT_MS = 5_000;
    private static final int MAX_TASKS = 1024;
    private static final Set<Btl> OWNED =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    private final Btl btl;
    private final Idle idle;
    private final Thread thread;
    private final CountDownLatch hasAdopted = new CountDownLatch(1);
    /** Whether the thread calls nothing of the transport any more. */
    private final CountDownLatch hasLeft = new CountDownLatch(1);
    /** Whether another thread owns it: until then this one lives, so that calls of others find an owner that does. */
    private final CountDownLatch hasHandedOver = new CountDownLatch(1);

    private final Object lock = new Object();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private volatile boolean hasTasks;
    private boolean isOver;
    private volatile boolean isStopped;
    private volatile @Nullable Throwable failure;
    private boolean isClosed;

    private BtlAgent(Btl btl, Idle idle) {
        this.btl = btl;
        this.idle = idle;
        this.thread = new Thread(this::run, "openib-btl-agent");
    }

    /**
     * Starts the thread, which owns the transport on return. Handlers are registered before this call, from callbacks, or by {@link
     * #execute}.
     *
     * @param idle what the thread does when there is nothing to do
     * @throws BtlException if the transport has an agent that has not been closed
     */
    public static BtlAgent start(Btl btl, Idle idle) {
        if (!OWNED.add(btl)) {
            throw new BtlException("this transport has an agent already: use that one, or close it first");
        }
        BtlAgent agent = new BtlAgent(btl, idle);
        agent.thread.setDaemon(true);
        try {
            agent.thread.start();
        } catch (Throwable thrown) { // there may be no room for another thread
            OWNED.remove(btl);
            throw thrown;
        }
        agent.await(agent.hasAdopted, Long.MAX_VALUE);
        return agent;
    }

    private void run() {
        btl.adopt();
        hasAdopted.countDown();
        try {
            while (!isStopped) {
                int work = btl.progress();
                idle.idle(hasTasks ? Math.max(0, work) + runTasks() : work);
            }
        } catch (Throwable thrown) {
            failure = thrown;
            takeNoMore();
            hasLeft.countDown();
            throw thrown;
        }
        hasLeft.countDown();
        await(hasHandedOver, TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS));
    }

    /**
     * Has the agent's thread do something between two rounds, and wakes it: what the transport allows its owner alone. Tasks are done in
     * the order given; one must not block, and what it throws goes to the thread's {@link Thread.UncaughtExceptionHandler} and ends
     * nothing. Those that have not been done when the agent ends are done by {@link #close()}, on its thread, which is the owner by then.
     * Any thread.
     *
     * @return OK; BACK_PRESSURE when 1,024 wait; CLOSED, also when the agent's thread has ended by what was thrown
     */
    public int execute(Runnable task) {
        synchronized (lock) {
            if (isOver) {
                return BtlStatus.CLOSED;
            }
            if (tasks.size() >= MAX_TASKS) {
                return BtlStatus.BACK_PRESSURE;
            }
            tasks.add(task);
            hasTasks = true;
        }
        LockSupport.unpark(thread);
        return BtlStatus.OK;
    }

    private void takeNoMore() {
        synchronized (lock) {
            isOver = true;
        }
    }

    private @Nullable Runnable nextTask() {
        synchronized (lock) {
            Runnable task = tasks.poll();
            hasTasks = !tasks.isEmpty();
            return task;
        }
    }

    /** As many as wait at most, so that tasks that ask for tasks keep no round from coming. */
    private int runTasks() {
        int count = 0;
        for (Runnable task = nextTask(); task != null; task = count < MAX_TASKS ? nextTask() : null) {
            count++;
            try {
                task.run();
            } catch (Throwable thrown) {
                Thread current = Thread.currentThread();
                current.getUncaughtExceptionHandler().uncaughtException(current, thrown);
            }
        }
        return count;
    }

    private boolean await(CountDownLatch latch, long timeoutNs) {
        long startNs = System.nanoTime();
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return latch.await(timeoutNs - (System.nanoTime() - startNs), TimeUnit.NANOSECONDS);
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

    /**
     * Stops the thread and makes the caller the transport's owner, who closes it. Not within a callback or a task. Idempotent.
     *
     * @throws BtlException if a callback keeps the thread for 5 s, whereupon it may be called again; if a callback calls; or if the thread
     *     had ended before, by what {@link Btl#progress} or {@link Idle} threw: that is the cause, and the caller is the owner all the same
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        if (Thread.currentThread() == thread) {
            throw new BtlException("an agent is not closed by its own thread: this is a callback or a task");
        }
        isStopped = true;
        LockSupport.unpark(thread);
        if (!await(hasLeft, TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS))) {
            throw new BtlException("the agent's thread does not stop: a callback has kept it for " + STOP_TIMEOUT_MS
                    + " ms; callbacks must not block");
        }
        btl.adopt();
        hasHandedOver.countDown();
        takeNoMore();
        isClosed = true;
        runTasks();
        OWNED.remove(btl);
        if (failure != null) {
            throw new BtlException("the agent's thread had ended: " + failure, failure);
        }
    }
}
