package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The deaths a rank has heard of, and who wants to know. Handlers run on one thread of its own. */
final class PeerDeaths implements AutoCloseable {

    static final String THREAD_NAME = "openib-runtime-notices";

    private static final Logger LOG = LoggerFactory.getLogger(PeerDeaths.class);
    private static final long IDLE_THREAD_SECONDS = 1;

    private final Map<Integer, PeerDeath> deathOfRank = new TreeMap<>();
    private final List<Consumer<PeerDeath>> handlers = new ArrayList<>();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1, 1, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), PeerDeaths::newThread);

    PeerDeaths() {
        thread.allowCoreThreadTimeOut(true);
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, THREAD_NAME);
        thread.setDaemon(true);
        return thread;
    }

    /** Takes a notice; only the first about a rank counts, which also bounds what is kept. */
    synchronized void add(PeerDeath death) {
        if (deathOfRank.putIfAbsent(death.rank(), death) == null) {
            handlers.forEach(handler -> deliver(handler, death));
        }
    }

    synchronized void subscribe(Consumer<PeerDeath> handler) {
        handlers.add(handler);
        deathOfRank.values().forEach(death -> deliver(handler, death));
    }

    synchronized Optional<PeerDeath> of(int rank) {
        return Optional.ofNullable(deathOfRank.get(rank));
    }

    private void deliver(Consumer<PeerDeath> handler, PeerDeath death) {
        thread.execute(() -> {
            try {
                handler.accept(death);
            } catch (RuntimeException e) {
                LOG.warn("A handler failed on the notice that {}", death.sentence(), e);
            }
        });
    }

    /** Delivers nothing more; does not wait for a handler that is running. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
