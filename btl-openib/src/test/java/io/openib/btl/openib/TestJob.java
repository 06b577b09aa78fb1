package io.openib.btl.openib;

import io.openib.runtime.JobRuntime;
import io.openib.runtime.Locality;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.runtime.PeerDeath;
import io.openib.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A job whose ranks are threads of one JVM. */
final class TestJob {
    private static final AtomicInteger JOBS = new AtomicInteger();

    private final int size;
    private final String id = "job" + JOBS.incrementAndGet();
    private final Map<String, byte[]> values = new ConcurrentHashMap<>();
    private final CyclicBarrier fence;
    private volatile boolean isLauncherLost;
    private volatile CountDownLatch answers = new CountDownLatch(0);
    private volatile boolean isUseless;
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private final List<Consumer<PeerDeath>> deathHandlers = new ArrayList<>();

    private final List<Consumer<OpenibRuntimeException>> lossHandlers = new ArrayList<>();

    TestJob(int size) {
        this.size = size;
        this.fence = new CyclicBarrier(size);
    }

    String id() {
        return id;
    }

    JobRuntime rank(int rank) {
        return new Rank(rank);
    }

    /** Overwrites what a rank has published, or will not publish any more. */
    void publish(int rank, byte[] value) {
        values.put(rank + PeerTable.KEY, value);
    }

    /** From now on who asks for what a rank has published waits. */
    void silenceLauncher() {
        answers = new CountDownLatch(1);
    }

    /** Whoever waits is answered. */
    void answer() {
        answers.countDown();
    }

    /** Whoever waits is told that the launcher did not answer in time. */
    void giveUp() {
        isUseless = true;
        answers.countDown();
    }

    /** From now on whoever asks is answered again. */
    void recover() {
        isUseless = false;
    }

    /** How often any rank has asked. */
    int questions() {
        return questions.get();
    }

    /** How often any rank has left. */
    int left() {
        return left.get();
    }

    /** Tells all ranks of a death. */
    void die(int rank) {
        synchronized (deathHandlers) {
            deathHandlers.forEach(
                    handler -> handler.accept(new PeerDeath(rank, "here", 4711, "was killed by signal 9")));
        }
    }

    /** Tells all ranks that there is no launcher any more. */
    void loseLauncher() {
        isLauncherLost = true;
        synchronized (lossHandlers) {
            lossHandlers.forEach(handler -> handler.accept(
                    new OpenibRuntimeException(RuntimeFailure.CONNECTION_LOST, "lost the connection to the launcher")));
        }
    }

    private final class Rank implements JobRuntime {
        private final int rank;

        Rank(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public String jobId() {
            return id;
        }

        @Override
        public String hostName() {
            return "here";
        }

        @Override
        public String launcher() {
            return "test";
        }

        @Override
        public Locality locality() {
            return Locality.everyRankHere(rank, size());
        }

        @Override
        public Optional<byte[]> jobSecret() {
            return Optional.of(new byte[32]);
        }

        @Override
        public void put(String key, byte[] value) {
            values.putIfAbsent(rank + key, value);
        }

        @Override
        public Optional<byte[]> get(int from, String key) {
            questions.incrementAndGet();
            try {
                boolean isAnswered = answers.await(50, TimeUnit.SECONDS);
                if (isUseless || !isAnswered) {
                    throw new OpenibRuntimeException(RuntimeFailure.TIMEOUT, "no get_result within 7 ms");
                }
                return Optional.ofNullable(values.get(from + key));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void fence(long timeoutMs) {
            try {
                fence.await(timeoutMs, TimeUnit.MILLISECONDS);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void onPeerDied(Consumer<PeerDeath> handler) {
            synchronized (deathHandlers) {
                deathHandlers.add(handler);
            }
        }

        @Override
        public void onLauncherLost(Consumer<OpenibRuntimeException> handler) {
            synchronized (lossHandlers) {
                lossHandlers.add(handler);
            }
        }

        @Override
        public void abort(int status, String message) {
            if (isLauncherLost) {
                throw new OpenibRuntimeException(RuntimeFailure.CONNECTION_LOST, "lost the connection to the launcher");
            }
        }

        @Override
        public void close() {
            left.incrementAndGet();
        }
    }
}
