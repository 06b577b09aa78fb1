package io.openib.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's thread: accepts, reads, writes, keeps time. All else asks it through {@link #execute}. */
final class Pmi1Loop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Pmi1Loop.class);
    private static final int SPARE_STRANGERS = 64;
    private static final long ACCEPT_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final SelectionKey acceptKey;
    private final Pmi1Job job;
    private final long helloTimeoutNs;
    /** All ranks may connect before the first speaks. */
    private final int maxStrangers;

    private final Queue<Runnable> requests = new ConcurrentLinkedQueue<>();
    private final Set<Pmi1Session> sessions = new LinkedHashSet<>();
    private final Set<Pmi1Session> strangers = new LinkedHashSet<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(4_096);
    private long acceptAgainAtNs;
    private boolean hasPaused;
    private volatile boolean isClosing;

    Pmi1Loop(ServerSocketChannel listener, Pmi1Job job, Pmi1ServerOptions options) throws IOException {
        this.listener = listener;
        this.job = job;
        this.helloTimeoutNs = TimeUnit.MILLISECONDS.toNanos(options.helloTimeoutMs());
        this.maxStrangers = options.size() + SPARE_STRANGERS;
        this.selector = Selector.open();
        listener.configureBlocking(false);
        this.acceptKey = listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    /** Has the server's thread do something; any thread. */
    void execute(Runnable request) {
        requests.add(request);
        selector.wakeup();
    }

    /** Asks the thread to end; any thread. */
    void stop() {
        isClosing = true;
        selector.wakeup();
    }

    @Override
    public void run() {
        try {
            while (!isClosing) {
                selector.select(millisToWait(System.nanoTime()));
                serveRequests();
                for (SelectionKey key : selector.selectedKeys()) {
                    serve(key);
                }
                selector.selectedKeys().clear();
                dropBroken();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("The PMI-1 server has failed; its ranks will lose their launcher", e);
        } finally {
            closeAll();
        }
    }

    /** Does what is due, and returns how long nothing will be; 0 is for ever. */
    private long millisToWait(long nowNs) {
        long waitNs = job.members().declareDead(nowNs);
        dropBroken();
        for (Pmi1Session stranger : List.copyOf(strangers)) {
            long remainingNs = stranger.helloDeadlineNs() - nowNs;
            if (remainingNs <= 0) {
                drop(stranger, "it did not say which rank it is");
            } else {
                waitNs = Math.min(waitNs, remainingNs);
            }
        }
        if (acceptKey.interestOps() == 0) {
            waitNs = Math.min(waitNs, resumeAccepting(nowNs));
        }
        return waitNs == Long.MAX_VALUE ? 0 : TimeUnit.NANOSECONDS.toMillis(waitNs) + 1;
    }

    private long resumeAccepting(long nowNs) {
        long remainingNs = acceptAgainAtNs - nowNs;
        if (remainingNs > 0) {
            return remainingNs;
        }
        acceptKey.interestOps(SelectionKey.OP_ACCEPT);
        return Long.MAX_VALUE;
    }

    private void serveRequests() {
        Runnable request;
        while ((request = requests.poll()) != null) {
            request.run();
        }
    }

    private void serve(SelectionKey key) {
        if (key == acceptKey) {
            accept();
            return;
        }
        Pmi1Session session = (Pmi1Session) key.attachment();
        try {
            if (key.isWritable()) {
                session.flush();
            }
            if (key.isReadable()) {
                read(session);
            }
            if (session.isDone()) {
                drop(session, null);
            }
        } catch (IOException | PmiFormatException e) {
            drop(session, e.getMessage());
        } catch (CancelledKeyException e) {
            // It was dropped on behalf of another since the selection.
        } catch (RuntimeException e) {
            LOG.warn("A request of {} failed", session, e);
            drop(session, "of an internal error");
        }
    }

    private void accept() {
        try {
            SocketChannel channel = listener.accept();
            if (channel == null) {
                return;
            }
            if (strangers.size() == maxStrangers) {
                drop(strangers.iterator().next(), "too many connections have not said which rank they are");
            }
            adopt(channel);
        } catch (IOException e) {
            if (!hasPaused) {
                hasPaused = true;
                LOG.warn(
                        "The launcher can take no connection ({}); it tries again every {} ms: see that descriptors are left (ulimit -n)",
                        e.getMessage(),
                        TimeUnit.NANOSECONDS.toMillis(ACCEPT_PAUSE_NS));
            }
            acceptAgainAtNs = System.nanoTime() + ACCEPT_PAUSE_NS;
            acceptKey.interestOps(0);
        }
    }

    private void adopt(SocketChannel channel) throws IOException {
        try {
            channel.configureBlocking(false);
            channel.socket().setTcpNoDelay(true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            Pmi1Session session = new Pmi1Session(channel, key, System.nanoTime() + helloTimeoutNs);
            key.attach(session);
            sessions.add(session);
            strangers.add(session);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void read(Pmi1Session session) throws IOException, PmiFormatException {
        buffer.clear();
        if (session.read(buffer) < 0) {
            drop(session, null);
            return;
        }
        buffer.flip();
        while (buffer.hasRemaining() && !session.isLast()) {
            String line = session.offer(buffer.get());
            if (line != null) {
                job.onLine(session, line);
                if (session.isAdmitted()) {
                    strangers.remove(session);
                }
            }
        }
    }

    private void dropBroken() {
        Pmi1Session session;
        while ((session = job.members().nextBroken()) != null) {
            drop(session, "it cannot be written to");
        }
    }

    private void drop(Pmi1Session session, @Nullable String reason) {
        session.close();
        strangers.remove(session);
        if (sessions.remove(session)) {
            if (reason != null) {
                job.tellRefused(session, "dropped the connection of " + session + ": " + reason);
            }
            job.onClosed(session);
        }
    }

    private void closeAll() {
        sessions.forEach(Pmi1Session::close);
        try {
            listener.close();
            selector.close();
        } catch (IOException e) {
            LOG.debug("Closing the PMI-1 server", e);
        }
    }
}
