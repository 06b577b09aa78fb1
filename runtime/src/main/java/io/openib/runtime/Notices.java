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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a rank has heard of its peers and its launcher, and who wants to know. Handlers run on one thread of its own. */
final class Notices implements AutoCloseable {

    static final String THREAD_NAME = "openib-runtime-notices";

    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);
    private static final long IDLE_THREAD_SECONDS = 1;

    private final Map<Integer, PeerDeath> deathOfRank = new TreeMap<>();
    private final List<Consumer<PeerDeath>> deathHandlers = new ArrayList<>();
    private final List<Consumer<OpenibRuntimeException>> lossHandlers = new ArrayList<>();
    private @Nullable OpenibRuntimeException loss;
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1, 1, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Notices::newThread);

    Notices() {
        thread.allowCoreThreadTimeOut(true);
        thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, THREAD_NAME);
        thread.setDaemon(true);
        return thread;
    }

    /** Takes a notice; only the first about a rank counts, which also bounds what is kept. */
    synchronized void died(PeerDeath death) {
        if (deathOfRank.putIfAbsent(death.rank(), death) == null) {
            deathHandlers.forEach(handler -> deliver(handler, death));
        }
    }

    /** The launcher is gone; the first reason counts. */
    synchronized void launcherLost(OpenibRuntimeException reason) {
        if (loss == null) {
            loss = reason;
            lossHandlers.forEach(handler -> deliver(handler, reason));
        }
    }

    synchronized void onPeerDied(Consumer<PeerDeath> handler) {
        deathHandlers.add(handler);
        deathOfRank.values().forEach(death -> deliver(handler, death));
    }

    synchronized void onLauncherLost(Consumer<OpenibRuntimeException> handler) {
        lossHandlers.add(handler);
        if (loss != null) {
            deliver(handler, loss);
        }
    }

    synchronized Optional<PeerDeath> deathOf(int rank) {
        return Optional.ofNullable(deathOfRank.get(rank));
    }

    private <T> void deliver(Consumer<T> handler, T notice) {
        thread.execute(() -> {
            try {
                handler.accept(notice);
            } catch (RuntimeException e) {
                LOG.warn("A handler failed on the notice {}", notice, e);
            }
        });
    }

    /** Delivers nothing more; does not wait for a handler that is running. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
