package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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

    /** A call of the library that brings something. */
    @FunctionalInterface
    interface Question<T> {
        T ask() throws PmixException;
    }

    /** A call of the library. */
    @FunctionalInterface
    interface Order {
        void give() throws PmixException;
    }

    private final String name;
    private final ThreadPoolExecutor thread;
    private final List<CompletableFuture<?>> open = new ArrayList<>();
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
    <T> T ask(String what, Question<T> call, long timeoutMs) {
        return await(submit(call), what, timeoutMs);
    }

    /** Makes a call in its turn. */
    void tell(String what, Order call, long timeoutMs) {
        ask(what, asQuestion(call), timeoutMs);
    }

    private static Question<Boolean> asQuestion(Order call) {
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
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        daemon(ABORT_THREAD_NAME, () -> run(asQuestion(call), answer)).start();
        await(answer, what, timeoutMs);
    }

    private <T> CompletableFuture<T> submit(Question<T> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        synchronized (open) {
            if (end != null) {
                throw end.again();
            }
            open.add(answer);
        }
        thread.execute(() -> {
            if (!answer.isDone()) { // nobody waits for it any more
                run(call, answer);
            }
        });
        return answer;
    }

    private static <T> void run(Question<T> call, CompletableFuture<T> answer) {
        try {
            answer.complete(call.ask());
        } catch (Throwable e) { // whatever it is, the one who waits is told
            answer.completeExceptionally(e);
        }
    }

    private <T> T await(CompletableFuture<T> answer, String what, long timeoutMs) {
        try {
            return answer.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failure(
                    RuntimeFailure.TIMEOUT,
                    what + " took more than " + timeoutMs + " ms at",
                    "the launcher is stuck or overloaded, or some rank has not come this far: look at them, or allow more time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(RuntimeFailure.INTERRUPTED, "the thread was interrupted during " + what + " at", "");
        } catch (ExecutionException e) {
            throw failed(what, e.getCause() == null ? e : e.getCause());
        } finally {
            synchronized (open) {
                open.removeIf(one -> one == answer);
            }
            answer.cancel(false);
        }
    }

    private OpenibRuntimeException failed(String what, Throwable cause) {
        if (cause instanceof OpenibRuntimeException ended) {
            return ended.again();
        }
        RuntimeFailure kind = cause instanceof PmixException e ? e.kind() : RuntimeFailure.PROTOCOL;
        return failure(kind, what + " failed (" + cause.getMessage() + ") at", "its output says why");
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
            open.forEach(answer -> answer.completeExceptionally(reason));
        }
        thread.shutdown();
        return true;
    }
}
