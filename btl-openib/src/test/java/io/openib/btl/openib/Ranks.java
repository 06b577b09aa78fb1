package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.mca.Configurable;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import io.openib.runtime.RuntimeParameters;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupParameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
        this(job, Collections.nCopies(size, Rank.of(parameters)));
    }

    /**
     * What one rank runs with.
     *
     * @param values of parameters
     * @param providers of its devices
     * @param wireups that it has
     */
    record Rank(Map<String, String> values, List<VerbsProvider> providers, List<WireupComponent> wireups) {
        /** With the usual device and wireup. */
        static Rank of(String... parameters) {
            Map<String, String> values = new HashMap<>();
            for (int i = 0; i < parameters.length; i += 2) {
                values.put(parameters[i], parameters[i + 1]);
            }
            return new Rank(values, List.of(new LoopFabric()), List.of(new LoopWireup()));
        }

        Rank on(VerbsProvider... others) {
            return new Rank(values, List.of(others), wireups);
        }

        Rank with(WireupComponent... others) {
            return new Rank(values, providers, List.of(others));
        }
    }

    /** Each in its own way. */
    Ranks(TestJob job, List<Rank> ranks) {
        this.job = job;
        int size = ranks.size();
        ExecutorService opener = Executors.newFixedThreadPool(size);
        try {
            List<Future<Btl>> opening = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                int number = rank;
                opening.add(opener.submit(() -> open(job, number, ranks.get(number))));
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

    private static Btl open(TestJob job, int rank, Rank with) {
        List<Parameter<?>> theirs = new ArrayList<>();
        with.wireups().forEach(wireup -> theirs.addAll(wireup.parameters()));
        for (VerbsProvider provider : with.providers()) {
            if (provider instanceof ParameterDeclarations declarations) {
                theirs.addAll(declarations.parameters());
            }
        }
        McaParameters parameters = parameters(with.values(), theirs);
        for (VerbsProvider provider : with.providers()) {
            if (provider instanceof Configurable configurable) {
                configurable.configure(parameters);
            }
        }
        return OpenibComponent.open(job.rank(rank), parameters, with.providers(), with.wireups());
    }

    static McaParameters parameters(Map<String, String> values) {
        return parameters(values, List.of());
    }

    private static McaParameters parameters(Map<String, String> values, List<Parameter<?>> ofComponents) {
        List<Parameter<?>> declared = new ArrayList<>(ofComponents);
        declared.addAll(new VerbsParameters().parameters());
        declared.addAll(new WireupParameters().parameters());
        declared.addAll(new RuntimeParameters().parameters());
        return McaParameters.builder()
                .declare(new OpenibParameters())
                .declare(declared)
                .api(values)
                .resolve();
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
