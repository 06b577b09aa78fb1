package io.openib.cli.programs;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.Idle;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.cli.output.OutputException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A program's place in its job: makes connections and tells of them, waits with a bound, turns a lost peer into a
 * {@link ProgramFailure}. One thread, which owns the transport.
 *
 * <p>Tags from {@link #FIRST_OWN_TAG} on belong to it.
 */
final class Session implements AutoCloseable {
    /** Tags below are the program's. */
    static final int FIRST_OWN_TAG = 254;

    private static final int REPORT = 254;
    private static final int RELEASE = 255;
    private static final int CLOCK_POLLS = 1_024;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    private final Btl btl;
    private final Idle idle = Idle.backOff();
    private final long[] totals;
    private int reports;
    private boolean isLeaving;
    private boolean isReleased;
    private long idlePolls;
    private long idleSinceNs;
    private @Nullable String failure;

    private Session(Btl btl, int figures, Consumer<WireupEvent> wireups) {
        this.btl = btl;
        this.totals = new long[figures];
        btl.onError(this::onPeerError);
        btl.onWireup(event -> {
            try {
                wireups.accept(event);
            } catch (OutputException e) {
                fail(String.valueOf(e.getMessage()));
            }
            onWireup(event);
        });
        btl.registerReceive(REPORT, this::onReport);
        btl.registerReceive(RELEASE, (peer, tag, data, offset, length) -> isReleased = true);
    }

    /**
     * Joins the job.
     *
     * @param figures how many numbers each rank reports when it {@linkplain #finish finishes}
     * @param wireups told of each attempt to connect
     */
    static Session open(int figures, Consumer<WireupEvent> wireups) {
        return new Session(Btl.open(), figures, wireups);
    }

    Btl btl() {
        return btl;
    }

    int rank() {
        return btl.rank();
    }

    int size() {
        return btl.size();
    }

    /** Connects to one peer, or waits for the connection that the peer makes. It has been told of when this returns. */
    void connect(int peer) {
        beginConnect(peer);
        await(() -> btl.isConnected(peer));
    }

    /** Connects to every other rank, all at once. */
    void connectAll() {
        for (int distance = 1; distance < size(); distance++) {
            beginConnect((rank() + distance) % size());
        }
        for (int peer = 0; peer < size(); peer++) {
            int awaited = peer;
            await(() -> awaited == rank() || btl.isConnected(awaited));
        }
    }

    private void beginConnect(int peer) {
        while (isRefused(btl.connect(peer), peer)) {
            progress();
        }
    }

    /** Sends a message and waits for room where there is none; its arrival is not awaited. */
    void send(int peer, int tag, ByteBuffer data, int length) {
        while (isRefused(btl.send(peer, tag, data, 0, length, null, 0), peer)) {
            progress();
        }
    }

    /** Whether a call was refused for now; for good is a failure. */
    boolean isRefused(int status, int peer) {
        if (status == BtlStatus.OK) {
            return false;
        }
        if (status == BtlStatus.BACK_PRESSURE || status == BtlStatus.NOT_CONNECTED) {
            return true;
        }
        throw lost(peer, status);
    }

    /** The failure for an operation that ended so; what is known of the peer comes first. */
    ProgramFailure lost(int peer, int status) {
        String known = failure;
        return new ProgramFailure(
                known == null ? "an operation to rank " + peer + " ended with " + BtlStatus.name(status) : known);
    }

    /** Ends the program at the next chance; callable from within callbacks, where throwing would be lost. */
    void fail(String sentence) {
        if (failure == null) {
            failure = sentence;
        }
    }

    void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            progress();
        }
    }

    /** Moves the transport on once and gives the core away if there is nothing to do. */
    void progress() {
        int workDone = btl.progress();
        if (failure != null) {
            throw new ProgramFailure(failure);
        }
        idle.idle(workDone);
        if (workDone > 0) {
            idlePolls = 0;
        } else if (++idlePolls % CLOCK_POLLS == 0) {
            checkPatience();
        }
    }

    private void checkPatience() {
        long nowNs = System.nanoTime();
        if (idlePolls == CLOCK_POLLS) {
            idleSinceNs = nowNs;
        } else if (nowNs - idleSinceNs > PATIENCE_NS) {
            throw new ProgramFailure("rank " + rank() + " has heard of no peer for "
                    + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NS) + " s; see whether one of them hangs");
        }
    }

    /**
     * Waits until every rank has come here and adds up what they report. What there is to tell of connections has been told
     * by then, by this rank and, as far as they have waited for theirs, by the others: a peer's messages, and its report,
     * may be here before its connection is.
     *
     * @param figures this rank's
     * @return the sums, on rank 0; elsewhere they mean nothing
     */
    long[] finish(long... figures) {
        add(figures);
        if (rank() == 0) {
            await(() -> reports == size());
            for (int peer = 1; peer < size(); peer++) {
                connect(peer);
            }
            for (int peer = 1; peer < size(); peer++) {
                send(peer, RELEASE, ByteBuffer.allocate(1), 1);
            }
            isLeaving = true;
        } else {
            connect(0);
            isLeaving = true;
            ByteBuffer report = ByteBuffer.allocate(Long.BYTES * figures.length);
            report.asLongBuffer().put(figures);
            send(0, REPORT, report, report.capacity());
            await(() -> isReleased);
        }
        return totals;
    }

    private void add(long[] figures) {
        for (int i = 0; i < figures.length; i++) {
            totals[i] += figures[i];
        }
        reports++;
    }

    private void onReport(int peer, int tag, ByteBuffer data, int offset, int length) {
        byte[] copy = new byte[length];
        data.get(offset, copy);
        long[] figures = new long[length / Long.BYTES];
        ByteBuffer.wrap(copy).asLongBuffer().get(figures);
        add(figures);
    }

    private void onPeerError(PeerError error) {
        // Once all is done, a peer may leave before us; only rank 0 still has to say something.
        boolean isNews = failure == null && !isReleased && (!isLeaving || (rank() != 0 && error.peer() == 0));
        if (isNews) {
            failure = error.reason();
        }
    }

    private void onWireup(WireupEvent event) {
        if (!event.isConnected() && failure == null && !isLeaving) {
            failure = "no connection to rank " + event.peer() + ": " + event.reason();
        }
    }

    @Override
    public void close() {
        btl.close();
    }
}
