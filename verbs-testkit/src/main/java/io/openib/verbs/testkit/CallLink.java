package io.openib.verbs.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Interfaces called through a pair of streams: one call, one answer, one after the other. Who may write to the streams is
 * the caller's affair; what arrives is still read with a list of the classes that can occur, and only the interfaces that
 * are served can be called.
 */
public final class CallLink implements AutoCloseable {
    private static final ObjectInputFilter KNOWN = ObjectInputFilter.Config.createFilter(
            "maxdepth=64;io.openib.**;java.lang.**;java.util.**;java.io.*;java.net.*;java.nio.**;"
                    + "org.assertj.**;org.opentest4j.**;!*");

    private static final ScheduledThreadPoolExecutor WATCH = watch();

    private final ObjectOutputStream calls;
    private final ObjectInputStream answers;
    private final long patienceMs;
    private final Runnable onLate;
    private String broken = "";

    /**
     * The near end; the far end {@linkplain #serve serves}. A call that gets no answer, as the streams see it, throws
     * IllegalStateException, and so does every later one: an answer that came late would be taken for another call's.
     */
    public CallLink(InputStream in, OutputStream out) throws IOException {
        this(in, out, Long.MAX_VALUE, () -> {});
    }

    /**
     * The same. A read from a stream can neither be limited in time nor interrupted, so when a call has had no answer for so
     * many milliseconds, what is given here is executed on a thread of this class; it must end the far end.
     */
    CallLink(InputStream in, OutputStream out, long patienceMs, Runnable onLate) throws IOException {
        this.patienceMs = patienceMs;
        this.onLate = onLate;
        calls = new ObjectOutputStream(new BufferedOutputStream(out));
        calls.flush();
        answers = new ObjectInputStream(new BufferedInputStream(in));
        answers.setObjectInputFilter(KNOWN);
    }

    /** An interface that the far end serves. What it throws there is thrown here. */
    public <T> T far(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> call(type, method, arguments)));
    }

    private synchronized @Nullable Object call(Class<?> type, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return method.invoke(this, arguments);
        }
        if (!broken.isEmpty()) {
            throw new IllegalStateException("no call of " + method.getName() + ", since " + broken);
        }
        @Nullable Object[] given = arguments == null ? new Object[0] : arguments;
        return answerTo(new Call(type, method, given)).get();
    }

    private Answer answerTo(Call call) throws ClassNotFoundException {
        try {
            return exchange(call);
        } catch (IOException e) {
            String what =
                    e instanceof EOFException ? "the far end has ended" : "the far end did not answer (" + e + ")";
            broken = what + " during a call of " + call.method;
            throw new IllegalStateException(broken, e);
        }
    }

    private Answer exchange(Call call) throws IOException, ClassNotFoundException {
        calls.writeObject(call);
        calls.reset();
        calls.flush();
        Future<?> late = WATCH.schedule(onLate, patienceMs, TimeUnit.MILLISECONDS);
        try {
            return (Answer) answers.readObject();
        } finally {
            late.cancel(false);
        }
    }

    private static ScheduledThreadPoolExecutor watch() {
        ScheduledThreadPoolExecutor watch = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "call-link-watch");
            thread.setDaemon(true);
            return thread;
        });
        watch.setRemoveOnCancelPolicy(true);
        return watch;
    }

    /** Ends the far end's service. */
    @Override
    public void close() throws IOException {
        calls.close();
    }

    /** Executes calls of these interfaces until the near end has closed. */
    public static void serve(Map<Class<?>, Supplier<?>> served, InputStream in, OutputStream out) throws IOException {
        try (ObjectOutputStream answers = new ObjectOutputStream(new BufferedOutputStream(out))) {
            answers.flush();
            serve(served, in, answers);
        }
    }

    private static void serve(Map<Class<?>, Supplier<?>> served, InputStream in, ObjectOutputStream answers)
            throws IOException {
        try (ObjectInputStream calls = new ObjectInputStream(new BufferedInputStream(in))) {
            calls.setObjectInputFilter(KNOWN);
            while (true) {
                Call call = (Call) calls.readObject();
                answers.writeObject(call.on(served));
                answers.reset();
                answers.flush();
            }
        } catch (EOFException e) {
            return; // the other side has closed: the regular end
        } catch (ClassNotFoundException e) {
            throw new IOException("the other side is of another version: " + e.getMessage(), e);
        }
    }

    private static final class Call implements Serializable {
        private static final long serialVersionUID = 1L;

        private final Class<?> type;
        private final String method;
        private final Class<?>[] types;

        @SuppressWarnings("serial") // what is called takes only serializable things
        private final @Nullable Object[] arguments;

        Call(Class<?> type, Method method, @Nullable Object[] arguments) {
            this.type = type;
            this.method = method.getName();
            types = method.getParameterTypes();
            this.arguments = arguments;
        }

        Answer on(Map<Class<?>, Supplier<?>> served) {
            try {
                Supplier<?> target = served.get(type);
                if (target == null) {
                    throw new NoSuchMethodException(type + " is not served");
                }
                return new Answer(type.getMethod(method, types).invoke(target.get(), arguments), null);
            } catch (InvocationTargetException e) {
                return new Answer(null, Objects.requireNonNullElse(e.getCause(), e));
            } catch (ReflectiveOperationException | RuntimeException e) {
                return new Answer(null, e);
            }
        }
    }

    /** What it gave: a value, or what it threw. */
    private static final class Answer implements Serializable {
        private static final long serialVersionUID = 1L;

        private final @Nullable Serializable value;
        private final @Nullable Throwable failure;

        Answer(@Nullable Object value, @Nullable Throwable failure) {
            this.value = (Serializable) value;
            this.failure = failure;
        }

        @Nullable
        Object get() throws Throwable {
            if (failure != null) {
                throw failure;
            }
            return value;
        }
    }
}
