package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.runtime.RuntimeParameters;
import io.openib.wireup.WireupParameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Several transports in one JVM; by default the test's thread owns and progresses them all. */
final class Ranks implements AutoCloseable {
    private static final long LIMIT_NS = Duration.ofSeconds(20).toNanos();

    final TestJob job;
    private final List<Btl> btls = new ArrayList<>();

    Ranks(int size, String... parameters) {
        this(new TestJob(size), size, parameters);
    }

    Ranks(TestJob job, int size, String... parameters) {
        this.job = job;
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            values.put(parameters[i], parameters[i + 1]);
        }
        ExecutorService opener = Executors.newFixedThreadPool(size);
        try {
            List<Future<Btl>> opening = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                int number = rank;
                opening.add(opener.submit(() -> open(job, number, values)));
            }
            for (Future<Btl> future : opening) {
                Btl btl = future.get(20, TimeUnit.SECONDS);
                btl.adopt();
                btls.add(btl);
            }
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        } finally {
            opener.shutdownNow();
        }
    }

    private static Btl open(TestJob job, int rank, Map<String, String> values) {
        return OpenibComponent.open(
                job.rank(rank), parameters(values), List.of(new LoopFabric()), List.of(new LoopWireup()));
    }

    static McaParameters parameters(Map<String, String> values) {
        List<Parameter<?>> declared = new ArrayList<>(new OpenibParameters().parameters());
        declared.addAll(new WireupParameters().parameters());
        declared.addAll(new RuntimeParameters().parameters());
        return McaParameters.of(values, declared);
    }

    Btl rank(int rank) {
        return btls.get(rank);
    }

    /** Progresses all in turn until something is so. */
    void until(BooleanSupplier isSo) {
        long deadline = System.nanoTime() + LIMIT_NS;
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not so within the time; counters "
                        + btls.stream().map(Btl::counters).toList());
            }
            int work = 0;
            for (Btl btl : btls) {
                work += Math.max(0, btl.progress());
            }
            if (work == 0) {
                Thread.onSpinWait();
            }
        }
    }

    void forget(Btl btl) {
        btls.remove(btl);
    }

    @Override
    public void close() {
        for (Btl btl : btls) {
            btl.adopt();
            btl.close();
        }
    }
}
