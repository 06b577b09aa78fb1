package io.openib.runtime;

import io.openib.mca.McaParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server and the ranks of its job, each rank with a thread of this JVM. */
final class Ranks implements AutoCloseable {

    static final long FENCE_MS = 20_000;

    interface Body {
        void run(JobRuntime runtime) throws Exception;
    }

    private final int size;
    private final Pmi1Server server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Ranks(Pmi1ServerOptions options) {
        size = options.size();
        server = Pmi1Server.open(options);
    }

    static McaParameters parameters(String... namesAndValues) {
        Map<String, String> values = new TreeMap<>(Map.of("runtime_pmi_timeout_ms", "20000"));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return McaParameters.of(values, new RuntimeParameters().parameters());
    }

    Pmi1Server server() {
        return server;
    }

    JobRuntime open(int rank) {
        return Launchers.open(server.environment(rank), parameters());
    }

    Future<?> start(int rank, Body body) {
        return start(() -> {
            try (JobRuntime runtime = open(rank)) {
                body.run(runtime);
            }
            return null;
        });
    }

    <T> Future<T> start(Callable<T> work) {
        return threads.submit(work);
    }

    /** Runs every rank to its end, and throws what a rank threw. */
    void runAll(Body body) throws Exception {
        List<Future<?>> ends = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            ends.add(start(rank, body));
        }
        for (Future<?> end : ends) {
            join(end);
        }
    }

    static <T> T join(Future<T> end) throws Exception {
        try {
            return end.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("a rank did not end", e);
        }
    }

    @Override
    public void close() {
        server.close();
        threads.shutdownNow();
    }
}
