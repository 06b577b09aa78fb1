package io.openib.btl.openib;

import io.openib.btl.BtlException;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.FormatException;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.runtime.JobRuntime;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the ranks have published of themselves, read when first needed. Any thread. */
final class PeerTable implements AutoCloseable {
    /** Under which a rank publishes its message. */
    static final String KEY = "btl-openib";

    private static final long IDLE_MS = 1_000;

    private final JobRuntime runtime;
    private final ModexMessage own;
    private final AtomicReferenceArray<Peer> peers;
    private final AtomicReferenceArray<Route> detours;
    private final ThreadPoolExecutor asking;
    private final Set<Integer> learning = ConcurrentHashMap.newKeySet();
    private @Nullable BitSet routed;

    /**
     * What a peer published.
     *
     * @param message empty if it cannot be used
     * @param problem why it cannot; empty if it can
     * @param isTold whether the launcher has told; else it could not be asked, and whoever wants to know asks again
     */
    record Peer(Optional<ModexMessage> message, String problem, boolean isTold) {
        static Peer useless(String problem) {
            return new Peer(Optional.empty(), problem, true);
        }
    }

    /**
     * Two ports that reach each other.
     *
     * @param ownPort index of our port
     * @param contact the peer's
     * @param reason why these two
     */
    record Route(int ownPort, PortContact contact, String reason) {
        /** Whether it joins these two. */
        boolean isBetween(int port, PortContact other) {
            return ownPort == port && contact.isSamePort(other);
        }
    }

    PeerTable(JobRuntime runtime, ModexMessage own) {
        this.runtime = runtime;
        this.own = own;
        this.peers = new AtomicReferenceArray<>(runtime.size());
        this.detours = new AtomicReferenceArray<>(runtime.size());
        this.asking = oneThread("openib-modex-" + runtime.rank());
        peers.set(runtime.rank(), new Peer(Optional.of(own), "", true));
    }

    /** While there is something to ask: a first contact is soon over, and then there is none for hours. */
    private static ThreadPoolExecutor oneThread(String name) {
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, IDLE_MS, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Publishes our own; a fence follows. */
    void publish() {
        runtime.put(KEY, own.encode());
    }

    ModexMessage own() {
        return own;
    }

    /** Has it found out what a rank has published, which {@code done} is then told, on a thread that may wait for the launcher. */
    void ask(int rank, Consumer<Peer> done) {
        asking.execute(() -> done.accept(peer(rank)));
    }

    /** Has it found out in a while, if it is not known and nobody has begun to ask. */
    void learn(int rank) {
        if (!isKnown(rank) && learning.add(rank)) {
            try {
                asking.execute(() -> {
                    peer(rank);
                    learning.remove(rank);
                });
            } catch (RejectedExecutionException e) {
                learning.remove(rank); // it is closing
            }
        }
    }

    /** Whether what there is to know of a rank was read before. */
    boolean isKnown(int rank) {
        return peers.get(rank) != null;
    }

    /** What a rank has published; waits for the launcher the first time. */
    Peer peer(int rank) {
        Peer known = peers.get(rank);
        if (known != null) {
            return known;
        }
        Peer peer = read(rank);
        return peer.isTold() ? keep(rank, peer) : peer;
    }

    /** What was told first stays. */
    private Peer keep(int rank, Peer peer) {
        return peers.accumulateAndGet(rank, peer, (known, fresh) -> known == null ? fresh : known);
    }

    /** What a rank has published, if that was read before. */
    Optional<ModexMessage> known(int rank) {
        Peer known = peers.get(rank);
        return known == null ? Optional.empty() : known.message();
    }

    private Peer read(int rank) {
        try {
            Optional<byte[]> bytes = runtime.get(rank, KEY);
            if (bytes.isEmpty()) {
                return Peer.useless("rank " + rank + " has published nothing; does it run with btl_openib too?");
            }
            return checked(rank, ModexMessage.decode(bytes.get()));
        } catch (FormatException e) {
            return Peer.useless("what rank " + rank + " has published cannot be read: " + e.getMessage());
        } catch (Throwable e) { // whatever a runtime throws: who waits for the answer gets one
            String problem = "what rank " + rank + " has published cannot be had: " + e.getMessage();
            return new Peer(Optional.empty(), problem, false);
        }
    }

    private Peer checked(int rank, ModexMessage message) {
        if (!message.receiveQueues().equals(own.receiveQueues())) {
            return new Peer(
                    Optional.of(message),
                    "unsupported queues configuration: rank " + rank + " on " + message.host()
                            + " has btl_openib_receive_queues " + message.receiveQueues() + ", this rank has "
                            + own.receiveQueues() + "; set the same in all ranks",
                    true);
        }
        return new Peer(Optional.of(message), "", true);
    }

    /** The way to a rank: the best by what both have published, or the one that was taken since. */
    Optional<Route> route(int rank, ModexMessage peer) {
        Route taken = detours.get(rank);
        return taken == null ? best(rank, peer, (port, contact) -> true) : Optional.of(taken);
    }

    /** The best way to a rank of those that may be used, by the index of our port and the peer's port. */
    Optional<Route> best(int rank, ModexMessage peer, BiPredicate<Integer, PortContact> isUsable) {
        return new PortPairs(own, peer, isLower(rank), runtime.rank(), rank).best(isUsable);
    }

    /** Whether our rank is the lower one of the two, which decides where both sides must agree. */
    boolean isLower(int rank) {
        return runtime.rank() <= rank;
    }

    /** From now on this is the way to a rank. */
    void take(int rank, Route route) {
        detours.set(rank, route);
    }

    /** As {@link #peer}, but throws where the launcher does not tell. */
    Peer told(int rank) {
        Peer peer = peer(rank);
        if (!peer.isTold()) {
            throw new BtlException(peer.problem());
        }
        return peer;
    }

    /**
     * Whether one of our ports is the way to some rank; waits for the launcher to tell what is not known yet, and gives up with the first
     * rank of which it does not tell.
     *
     * @throws BtlException if it does not
     */
    synchronized boolean isRoutedBy(int ownPort) {
        BitSet known = routed;
        if (known == null) {
            known = new BitSet();
            for (int rank = 0; rank < runtime.size(); rank++) {
                int number = rank;
                told(rank)
                        .message()
                        .flatMap(message -> route(number, message))
                        .map(Route::ownPort)
                        .ifPresent(known::set);
            }
            routed = known;
        }
        return known.get(ownPort);
    }

    /** Asks nothing that nobody has begun to ask. */
    @Override
    public void close() {
        asking.shutdown();
        asking.getQueue().clear();
    }
}
