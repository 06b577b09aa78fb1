package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wire's one thread. It sleeps in its selector when nothing is due. */
final class WireLoop {
    private static final Logger LOG = LoggerFactory.getLogger(WireLoop.class);
    private static final long MILLISECOND_NS = 1_000_000;
    private static final long CLOSE_WAIT_MS = 2_000;

    private final WireHost host;
    private final WireTimes times;
    private final Selector selector;
    private final Thread thread;
    private final ArrayDeque<WireConnection> unflushed = new ArrayDeque<>();
    private long nowNs = System.nanoTime();
    private boolean isTending;
    private long tendAtNs;
    private volatile boolean isStopped;

    WireLoop(WireHost host, WireTimes times) throws IOException {
        this.host = host;
        this.times = times;
        this.selector = Selector.open();
        this.thread = new Thread(this::run, "openib-soft-wire");
        thread.setDaemon(true);
    }

    WireHost host() {
        return host;
    }

    WireTimes times() {
        return times;
    }

    /** When this turn began, or its selector woke; by {@link System#nanoTime}. */
    long nowNs() {
        return nowNs;
    }

    /** Has connections and listener look after themselves then, or before. */
    void tendBy(long atNs) {
        if (!isTending || atNs - tendAtNs < 0) {
            isTending = true;
            tendAtNs = atNs;
        }
    }

    Selector selector() {
        return selector;
    }

    void start() {
        thread.start();
    }

    void wakeUp() {
        selector.wakeup();
    }

    void flushLater(WireConnection connection) {
        unflushed.add(connection);
    }

    void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.debug("soft: closing {}", resource, e);
        }
    }

    private void run() {
        while (!isStopped) {
            try {
                turn();
            } catch (IOException | RuntimeException e) {
                LOG.error("soft: the wire met a defect and goes on", e);
            }
        }
    }

    private void turn() throws IOException {
        nowNs = System.nanoTime();
        long waitNs = host.work(nowNs);
        waitNs = Math.min(waitNs, tend());
        if (flush()) {
            waitNs = 0; // for who found no room before
        }
        if (waitNs == Long.MAX_VALUE) {
            selector.select();
        } else if (waitNs > 0) {
            selector.select((waitNs + MILLISECOND_NS - 1) / MILLISECOND_NS);
        } else {
            selector.selectNow();
        }
        nowNs = System.nanoTime();
        Set<SelectionKey> ready = selector.selectedKeys();
        for (SelectionKey key : List.copyOf(ready)) {
            handle(key);
        }
        ready.clear();
        flush();
    }

    /** Gives the time until it is to be called again. */
    private long tend() {
        if (isTending && tendAtNs - nowNs <= 0) {
            isTending = false;
            tendAll();
        }
        return isTending ? Math.max(0, tendAtNs - nowNs) : Long.MAX_VALUE;
    }

    private void tendAll() {
        for (SelectionKey key : List.copyOf(selector.keys())) {
            long nextNs = Long.MAX_VALUE;
            if (key.attachment() instanceof WireConnection connection) {
                nextNs = connection.isOpen() ? connection.tend(nowNs) : Long.MAX_VALUE;
            } else if (key.attachment() instanceof WireListener open) {
                nextNs = open.tend(nowNs);
            }
            if (nextNs != Long.MAX_VALUE) {
                tendBy(nowNs + nextNs);
            }
        }
    }

    /** Says whether there is room again where there was none. */
    private boolean flush() {
        boolean hasMadeRoom = false;
        for (WireConnection next = unflushed.poll(); next != null; next = unflushed.poll()) {
            hasMadeRoom |= next.flushNow();
        }
        return hasMadeRoom;
    }

    private static void handle(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        if (key.attachment() instanceof WireConnection connection) {
            serve(connection);
        } else if (key.attachment() instanceof WireListener open) {
            open.onReady();
        }
    }

    /** Whoever's fault it is, it ends with the one connection. */
    private static void serve(WireConnection connection) {
        try {
            connection.onReady();
        } catch (RuntimeException e) {
            LOG.error("soft: a connection of the wire met a defect and is closed", e);
            connection.close(null);
        }
    }

    /** Ends the thread, within a bound, and closes every socket. */
    void close() {
        isStopped = true;
        selector.wakeup();
        try {
            thread.join(CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        selector.keys().forEach(key -> closeQuietly(key.channel()));
        closeQuietly(selector);
    }
}
