package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** This process's end of the wire: one listener, one thread, and the links to other processes. */
public final class Wire implements AutoCloseable {
    private final WireLoop loop;
    private final WireListener listener;
    private final int port;
    private final long ownArena;
    private final byte[] secret;
    private final AtomicInteger links = new AtomicInteger();

    private Wire(WireLoop loop, WireListener listener, long ownArena, byte[] secret) throws IOException {
        this.loop = loop;
        this.listener = listener;
        this.port = listener.port();
        this.ownArena = ownArena;
        this.secret = secret;
    }

    /**
     * Listens. The system keeps callers waiting until {@link #start}.
     *
     * @param address where to listen; port 0 for a free one
     * @param secret the job's, which peers must hold too; empty when there is none
     * @throws IOException when the address cannot be listened on
     */
    public static Wire open(WireHost host, InetSocketAddress address, long ownArena, byte[] secret) throws IOException {
        return open(host, address, ownArena, secret, WireTimes.DEFAULT);
    }

    static Wire open(WireHost host, InetSocketAddress address, long ownArena, byte[] secret, WireTimes times)
            throws IOException {
        WireLoop loop = new WireLoop(host, times);
        try {
            WireListener listener = new WireListener(loop, address, ownArena, secret);
            return new Wire(loop, listener, ownArena, secret);
        } catch (IOException e) {
            loop.close();
            throw e;
        }
    }

    /** Starts the thread; once. */
    public void start() {
        loop.start();
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** How often no connection could be taken, although one waited. */
    int acceptFailures() {
        return listener.failures();
    }

    /** A way to another process; nothing is dialled yet. */
    public WireLink link(long arena, InetSocketAddress address) {
        return new WireLink(loop, ownArena, links.incrementAndGet(), arena, address, secret);
    }

    /** Has the thread call {@link WireHost#work} soon. Any thread. */
    public void wakeUp() {
        loop.wakeUp();
    }

    @Override
    public void close() {
        loop.close();
    }
}
