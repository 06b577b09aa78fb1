package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of libpmix, which know no deadline, on a thread of its own, and gives them one. Calls go one after the other; who has
 * waited long enough goes away, and the thread stays in its call. Any thread may ask.
 */
final class PmixConversation {
    static final String THREAD_NAME = "openib-pmix";
    static final String ABORT_THREAD_NAME = "openib-pmix-abort";
    static final String EVENT_THREAD_NAME = "openib-pmix-events";

    private static final long IDLE_THREAD_SECONDS = 1;

    /** A call of the library that brings nothing. */
    @FunctionalInterface
    interface Order {
        void give() throws PmixException;
    }

    private final String name;
    private final ThreadPoolExecutor thread;
    private final List<FutureTask<?>> open = new ArrayList<>();
    private @Nullable OpenibRuntimeException end;

    /**
     * Starts nothing yet.
     *
     * @param name the launcher's, for people
     */
    PmixConversation(String name) {
        this.name = name;
        thread = new ThreadPoolExecutor(
                1,
                1,
                IDLE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                work -> daemon(THREAD_NAME, work));
        thread.allowCoreThreadTimeOut(true);
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** The launcher and its library, for people. */
    String name() {
        return name;
    }

    /** Makes a call in its turn. */
    <T> T ask(String what, Callable<T> call, long timeoutMs) {
        FutureTask<T> task = new FutureTask<>(call);
        synchronized (open) {
            if (end != null) {
                throw end.again();
            }
            open.add(task);
            thread.execute(task);
        }
        try {
            return result(task, what, timeoutMs);
        } finally {
            forget(task);
        }
    }

    /** Makes a call in its turn. */
    void tell(String what, Order call, long timeoutMs) {
        ask(what, asQuestion(call), timeoutMs);
    }

    private static Callable<Boolean> asQuestion(Order call) {
        return () -> {
            call.give();
            return true;
        };
    }

    /** As {@link #tell}; if there is no answer in time, or the thread is interrupted, there is no later call either. */
    void tellOrEnd(String what, Order call, long timeoutMs) {
        try {
            tell(what, call, timeoutMs);
        } catch (OpenibRuntimeException e) {
            if (e.failure() == RuntimeFailure.TIMEOUT || e.failure() == RuntimeFailure.INTERRUPTED) {
                end(e);
            }
            throw e;
        }
    }

    /** Makes a call at once, beside whatever is under way, and waits for it for a while. */
    void tellBeside(String what, Order call, long timeoutMs) {
        FutureTask<Boolean> task = new FutureTask<>(asQuestion(call));
        daemon(ABORT_THREAD_NAME, task).start();
        result(task, what, timeoutMs);
    }

    /** Ends the conversation for the reason given, and makes one last call behind whatever is under way, for which nobody waits. */
    void endWith(Order call, OpenibRuntimeException reason) {
        synchronized (open) {
            if (end == null) {
                thread.execute(new FutureTask<>(asQuestion(call)));
            }
        }
        end(reason);
    }

    private <T> T result(FutureTask<T> task, String what, long timeoutMs) {
        try {
            return task.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failure(
                    RuntimeFailure.TIMEOUT,
                    what + " took more than " + timeoutMs + " ms at",
                    "the launcher is stuck or overloaded, or some rank has not come this far: look at them, or allow more time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(RuntimeFailure.INTERRUPTED, "the thread was interrupted during " + what + " at", "");
        } catch (CancellationException e) {
            throw ended();
        } catch (ExecutionException e) {
            throw failed(what, e.getCause() == null ? e : e.getCause());
        }
    }

    private OpenibRuntimeException ended() {
        synchronized (open) {
            return end == null ? failure(RuntimeFailure.CLOSED, "nothing more is asked of the", "") : end.again();
        }
    }

    /** One that has not begun never does. */
    private void forget(FutureTask<?> task) {
        synchronized (open) {
            open.removeIf(one -> one == task);
        }
        task.cancel(false);
        thread.remove(task);
    }

    private OpenibRuntimeException failed(String what, Throwable cause) {
        if (cause instanceof OpenibRuntimeException told) {
            return told.again();
        }
        RuntimeFailure kind = cause instanceof PmixException e ? e.kind() : RuntimeFailure.PROTOCOL;
        String remedy = kind == RuntimeFailure.UNREACHABLE
                ? "it has ended, or PMIX_NAMESPACE is left over from another job; set runtime_launcher to singleton to run alone"
                : "its output says why";
        return failure(kind, what + " failed (" + cause.getMessage() + ") at", remedy);
    }

    /** A failure whose sentence is: what, the launcher and who we are, then what to do. */
    OpenibRuntimeException failure(RuntimeFailure kind, String what, String remedy) {
        return new OpenibRuntimeException(kind, what + " launcher " + name + (remedy.isEmpty() ? "" : ": " + remedy));
    }

    /** Ends the conversation for everybody, also for who waits; the first reason counts. Returns whether this was it. */
    boolean end(OpenibRuntimeException reason) {
        synchronized (open) {
            if (end != null) {
                return false;
            }
            end = reason;
            open.forEach(task -> task.cancel(false));
        }
        thread.shutdown();
        return true;
    }
}
