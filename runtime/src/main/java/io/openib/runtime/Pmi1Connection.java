package io.openib.runtime;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A client's conversation with a PMI-1 server: one request, one reply. Its own thread reads, so that a notice or the
 * end of the launcher is seen without a request. A reply that is late is owed: it is taken before the next request is
 * sent. Once anything else went wrong the conversation is over: replies could no longer be told apart.
 */
final class Pmi1Connection implements AutoCloseable {

    static final String THREAD_NAME = "openib-pmi1-reader";
    /** With this attribute of {@code response_to_init} our server says that notices may follow. */
    static final String NOTICES = "openib_notices";
    /** The reply that comes when every rank has asked for it. */
    static final String BARRIER_OUT = "barrier_out";

    private static final int MAX_LINE_LENGTH = 1 << 16;
    /** The longest handshake reply is four lines; more that nobody asked for is not PMI-1. */
    private static final int MAX_UNREAD_REPLIES = 8;

    private static final long JOIN_MS = 1_000;
    private static final Set<RuntimeFailure> LOSSES =
            EnumSet.of(RuntimeFailure.CONNECTION_LOST, RuntimeFailure.PROTOCOL);

    /** Who hears what happens without a request; must not block. */
    interface Listener {

        /** The server sent a notice; on the reading thread. */
        void onNotice(PmiLine line);

        /** The server is gone or speaks no PMI-1, and no farewell was sent; once, on the thread that found out. */
        void onLost(OpenibRuntimeException reason);
    }

    private final PmiStream stream;
    private final Listener listener;
    private final Thread reader = new Thread(this::readLines, THREAD_NAME);
    private final ReentrantLock conversation = new ReentrantLock();
    private final Object writing = new Object();
    private final Object arrival = new Object();
    private final Queue<PmiLine> replies = new ArrayDeque<>();
    /** The reply to a request that nobody waits for any more. Of who holds the conversation. */
    private @Nullable String owed;

    private @Nullable OpenibRuntimeException end;
    /** The reply to the farewell, behind which nothing is sent; null before that. Written while writing. */
    private volatile @Nullable String lastReply;

    private boolean hasLeft;
    private volatile String name;
    /** Owned by the reading thread. */
    private boolean hasNotices;

    private Pmi1Connection(PmiStream stream, String name, Listener listener) {
        this.stream = stream;
        this.name = name;
        this.listener = listener;
        reader.setDaemon(true);
    }

    /** Connects; what the server sends of its own accord goes to the listener. */
    static Pmi1Connection open(Pmi1Address address, Deadline deadline, Listener listener) {
        try {
            Pmi1Connection connection = new Pmi1Connection(address.open(deadline), address.name(), listener);
            connection.reader.start();
            return connection;
        } catch (IOException e) {
            throw new OpenibRuntimeException(
                    RuntimeFailure.UNREACHABLE,
                    "cannot reach the launcher " + address.name() + " that " + address.variable() + " names ("
                            + e.getMessage() + "): " + address.whyGone() + "; start this process with a"
                            + " launcher, or set runtime_launcher to singleton to run alone",
                    e);
        }
    }

    /** Adds to the launcher's name who we are, for messages. */
    void identify(int rank, int size) {
        name = name + " (rank " + rank + " of " + size + ")";
    }

    /** The launcher, its address and this rank, for messages. */
    String name() {
        return name;
    }

    /**
     * Sends one line and waits for the reply of that name, after earlier requests of other threads. A barrier's reply may
     * never come; with any other that is not there in time, or not before an interrupt, this request alone fails.
     */
    PmiLine request(PmiLine line, String expected, long timeoutMs) {
        Deadline deadline = Deadline.after(timeoutMs);
        if (!tryLock(deadline)) {
            throw failure(
                    RuntimeFailure.TIMEOUT,
                    line.command() + " could not start within " + timeoutMs + " ms because another thread's request",
                    "is still open; do not get or put while a fence waits");
        }
        try {
            if (owed != null) {
                await(owed, deadline);
            }
            send(line);
            owed = expected;
            PmiLine reply = await(expected, deadline);
            owed = null;
            return reply;
        } finally {
            conversation.unlock();
        }
    }

    private boolean tryLock(Deadline deadline) {
        try {
            return conversation.tryLock(deadline.remainingNs(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(RuntimeFailure.INTERRUPTED, "the thread was interrupted before its request to", "");
        }
    }

    /** Sends a line without waiting for a reply. */
    void send(PmiLine line) {
        send(line, null);
    }

    /** Sends a line, the last one if the reply that ends it all is given. */
    private void send(PmiLine line, @Nullable String last) {
        synchronized (arrival) {
            throwIfEnded();
        }
        try {
            synchronized (writing) {
                if (lastReply != null) {
                    throw closed();
                }
                lastReply = last;
                stream.write(line.bytes());
            }
        } catch (IOException e) {
            finish(connectionLost(e.getMessage()));
            synchronized (arrival) {
                throwIfEnded();
            }
        }
    }

    /** The next reply; if it is not of that name, the conversation is over. */
    PmiLine await(String expected, Deadline deadline) {
        PmiLine reply = awaitAny(expected, deadline);
        if (!reply.command().equals(expected)) {
            throw finish(failure(
                    RuntimeFailure.PROTOCOL,
                    "expected " + expected + ", but '" + reply.commandInShort() + "' came from",
                    "whatever listens there is no PMI-1 server; check PMI_PORT and PMI_FD"));
        }
        return reply;
    }

    /** The next reply, whatever it is. */
    PmiLine awaitAny(String expected, Deadline deadline) {
        synchronized (arrival) {
            try {
                while (replies.isEmpty() && end == null && !deadline.hasPassed()) {
                    TimeUnit.NANOSECONDS.timedWait(arrival, Math.max(deadline.remainingNs(), 1_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw missed(
                        expected,
                        failure(
                                RuntimeFailure.INTERRUPTED,
                                "the thread was interrupted while it waited for " + expected + " from",
                                ""));
            }
            PmiLine reply = replies.poll();
            if (reply != null) {
                return reply;
            }
            throwIfEnded();
            throw missed(expected, timedOut(expected, deadline));
        }
    }

    /** Other requests must not wait for a barrier that this rank has given up. Returns its argument, to be thrown. */
    private OpenibRuntimeException missed(String expected, OpenibRuntimeException reason) {
        return expected.equals(BARRIER_OUT) ? finish(reason) : reason;
    }

    private OpenibRuntimeException timedOut(String expected, Deadline deadline) {
        String what = "no " + expected + " within " + deadline.timeoutMs() + " ms from";
        return expected.equals(BARRIER_OUT)
                ? failure(
                        RuntimeFailure.TIMEOUT,
                        what,
                        "some rank has not called fence: look for one that is still starting, is stuck or has died,"
                                + " or allow more time")
                : failure(
                        RuntimeFailure.TIMEOUT,
                        what,
                        "the launcher is stuck or overloaded; look at it, or raise runtime_pmi_timeout_ms");
    }

    private void readLines() {
        LineBuffer lines = new LineBuffer(MAX_LINE_LENGTH);
        byte[] chunk = new byte[4_096];
        try {
            int count;
            while ((count = stream.read(chunk)) >= 0) {
                for (int i = 0; i < count; i++) {
                    String line = lines.offer(chunk[i]);
                    if (line != null) {
                        onLine(PmiLine.parse(line));
                    }
                }
            }
            finish(connectionLost(lines.isWithinLine() ? "it ended within a line" : "the launcher closed it"));
        } catch (PmiFormatException e) {
            finish(failure(
                    RuntimeFailure.PROTOCOL,
                    e.getMessage() + " came from",
                    "whatever listens there is no PMI-1 server; check PMI_PORT and PMI_FD"));
        } catch (IOException e) {
            finish(connectionLost(e.getMessage()));
        }
    }

    private void onLine(PmiLine line) throws PmiFormatException {
        if (line.command().equals("response_to_init")) {
            hasNotices = line.number(NOTICES).orElse(0) == 1;
        }
        if (hasNotices && line.command().equals(DeathNotice.COMMAND)) {
            listener.onNotice(line);
            return;
        }
        synchronized (arrival) {
            if (line.command().equals(lastReply)) { // a barrier that is under way is answered later, or not at all
                hasLeft = true;
            } else if (replies.size() == MAX_UNREAD_REPLIES) {
                throw new PmiFormatException("more replies than requests");
            } else {
                replies.add(line);
            }
            arrival.notifyAll();
        }
    }

    private OpenibRuntimeException closed() {
        return failure(RuntimeFailure.CLOSED, "this runtime was closed; it has left the", "");
    }

    private OpenibRuntimeException connectionLost(@Nullable String how) {
        return failure(
                RuntimeFailure.CONNECTION_LOST,
                "lost the connection (" + how + ") to",
                "the launcher has ended or has dropped this rank; its output says why");
    }

    /** A failure whose sentence is: what, the launcher and who we are, then what to do. */
    OpenibRuntimeException failure(RuntimeFailure kind, String what, String remedy) {
        return new OpenibRuntimeException(kind, what + " launcher " + name + (remedy.isEmpty() ? "" : ": " + remedy));
    }

    /** Ends the conversation; the first reason counts, or that it was closed. Returns its argument, to be thrown. */
    private OpenibRuntimeException finish(OpenibRuntimeException reason) {
        boolean isFirst;
        synchronized (arrival) {
            isFirst = end == null;
            if (isFirst || reason.failure() == RuntimeFailure.CLOSED) {
                end = reason;
            }
            arrival.notifyAll();
        }
        if (isFirst && lastReply == null && LOSSES.contains(reason.failure())) {
            listener.onLost(reason);
        }
        stream.close();
        return reason;
    }

    private void throwIfEnded() {
        if (end != null) {
            throw end.again();
        }
    }

    /**
     * Says good-bye behind whatever is under way, then closes. A request of another thread ends with its reply, or with
     * CLOSED. An interrupt before this does not keep a rank from leaving in order.
     */
    void close(PmiLine farewell, String expected, long timeoutMs) {
        boolean wasInterrupted = Thread.interrupted();
        try {
            leave(farewell, expected, Deadline.after(timeoutMs));
        } catch (OpenibRuntimeException e) {
            // The launcher is gone already: leaving it needs no more.
        } catch (InterruptedException e) {
            wasInterrupted = true;
        }
        close();
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(PmiLine farewell, String expected, Deadline deadline) throws InterruptedException {
        send(farewell, expected);
        synchronized (arrival) {
            while (!hasLeft && end == null && !deadline.hasPassed()) {
                TimeUnit.NANOSECONDS.timedWait(arrival, Math.max(deadline.remainingNs(), 1_000));
            }
        }
    }

    @Override
    public void close() {
        finish(closed());
        boolean interrupted = false;
        try {
            reader.join(JOIN_MS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
