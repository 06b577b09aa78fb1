package io.openib.wireup;

import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The queue pairs of one connection, one per receive queue and in that order, and their moves, which every scheme makes
 * through here so that all make them alike. A transport makes a set with {@link #initialize}.
 *
 * <p>The moves belong to the control thread. Receives are posted before the first move to RTR, so no peer can send
 * before. {@link #noteCompletion()} and {@link #discard()} may come from any thread.
 */
public final class QueuePairSet {
    private static final Runnable SEEN = new Seen();

    private final List<QueuePair> queuePairs;
    private final QueuePairSettings settings;
    private final QueuePairOwner owner;
    private final AtomicReference<@Nullable Runnable> completionListener = new AtomicReference<>();
    private final AtomicBoolean isDiscarded = new AtomicBoolean();
    private boolean hasReceives;

    /** Stands for the listener once there was a completion. */
    private static final class Seen implements Runnable {
        @Override
        public void run() {
            // who listened has heard
        }
    }

    private QueuePairSet(List<QueuePair> queuePairs, QueuePairSettings settings, QueuePairOwner owner) {
        this.queuePairs = List.copyOf(queuePairs);
        this.settings = settings;
        this.owner = owner;
    }

    /**
     * Makes a set of queue pairs in RESET and moves them to INIT.
     *
     * @param queuePairs by receive queue
     * @param settings from this side's parameters; {@code rnrRetries} has an entry for each
     * @param owner the transport's part
     * @throws VerbsException what the device refused; the queue pairs are still the caller's to close
     */
    public static QueuePairSet initialize(
            List<QueuePair> queuePairs, QueuePairSettings settings, QueuePairOwner owner) {
        if (queuePairs.isEmpty() || queuePairs.size() != settings.rnrRetries().size()) {
            throw new IllegalArgumentException(queuePairs.size() + " queue pairs, and settings for "
                    + settings.rnrRetries().size());
        }
        for (QueuePair qp : queuePairs) {
            qp.modify(QpAttributes.toState(QpState.INIT)
                    .pkeyIndex(settings.pkeyIndex())
                    .port(settings.port())
                    .accessFlags(settings.accessFlags()));
        }
        return new QueuePairSet(queuePairs, settings, owner);
    }

    /** By receive queue. */
    public List<QueuePair> queuePairs() {
        return queuePairs;
    }

    /** How many. */
    public int size() {
        return queuePairs.size();
    }

    /** What this side's parameters say. */
    public QueuePairSettings settings() {
        return settings;
    }

    /**
     * Has the transport post the receives, once.
     *
     * @throws VerbsException if one cannot be posted
     */
    public void postReceives() {
        if (!hasReceives) {
            owner.postReceives(this);
            hasReceives = true;
        }
    }

    /**
     * Takes one queue pair, which stays in INIT, to the port and into the partition of its path where {@link #settings()}
     * say others.
     *
     * @param port the local port, from 1
     * @param pkeyIndex row of that port's P_Key table
     * @throws VerbsException what the device refused
     */
    public void toPath(int queue, int port, int pkeyIndex) {
        if (port != settings.port() || pkeyIndex != settings.pkeyIndex()) {
            queuePairs
                    .get(queue)
                    .modify(QpAttributes.toState(QpState.INIT).port(port).pkeyIndex(pkeyIndex));
        }
    }

    /**
     * Moves one queue pair from INIT to RTR, after the receives of the whole set have been posted.
     *
     * @throws VerbsException what the device refused
     */
    public void toReadyToReceive(int queue, MemberPath path) {
        postReceives();
        queuePairs
                .get(queue)
                .modify(QpAttributes.toState(QpState.RTR)
                        .addressVector(path.addressVector())
                        .pathMtu(path.pathMtu())
                        .destQpNumber(path.destQpNumber())
                        .rqPsn(path.rqPsn())
                        .maxDestRdAtomic(path.maxDestRdAtomic())
                        .minRnrTimer(settings.minRnrTimer()));
    }

    /**
     * Moves one queue pair from RTR to RTS.
     *
     * @throws VerbsException what the device refused
     */
    public void toReadyToSend(int queue, MemberPath path) {
        queuePairs
                .get(queue)
                .modify(QpAttributes.toState(QpState.RTS)
                        .sqPsn(path.sqPsn())
                        .timeout(settings.timeout())
                        .retryCount(settings.retryCount())
                        .rnrRetry(settings.rnrRetries().get(queue))
                        .maxRdAtomic(path.maxRdAtomic()));
    }

    /**
     * Moves all from INIT to RTR and on to RTS.
     *
     * @param paths by receive queue
     * @throws VerbsException what the device refused; the set is of no more use then
     */
    public void toReadyToSend(List<MemberPath> paths) {
        for (int queue = 0; queue < queuePairs.size(); queue++) {
            toReadyToReceive(queue, paths.get(queue));
        }
        for (int queue = 0; queue < queuePairs.size(); queue++) {
            toReadyToSend(queue, paths.get(queue));
        }
    }

    /**
     * Asks the peer's side for a sign of life: a zero-byte RDMA WRITE.
     *
     * @param answer called exactly once, from any thread
     */
    public void probe(QueuePairOwner.ProbeAnswer answer) {
        owner.probe(this, answer);
    }

    /**
     * Sets who hears of the first completion on a queue pair of this set, which tells that the peer is ready. It is told
     * once, at once if there was one already, on the thread of {@link #noteCompletion()}.
     */
    public void onFirstCompletion(Runnable listener) {
        Runnable before = completionListener.compareAndExchange(null, listener);
        if (before == SEEN) {
            listener.run();
        } else if (before != null) {
            throw new IllegalStateException("somebody listens for the first completion of this set already");
        }
    }

    /**
     * The transport saw a successful completion of a receive, or of a send, on one of these queue pairs. Needs to be
     * called only until the connection is reported; calling it more often does nothing.
     */
    public void noteCompletion() {
        Runnable listener = completionListener.getAndSet(SEEN);
        if (listener != null) {
            listener.run();
        }
    }

    /** Moves every queue pair to ERR, as far as the device lets it; a peer's sends fail from then on. */
    public void toError() {
        for (QueuePair qp : queuePairs) {
            try {
                qp.modify(QpAttributes.toState(QpState.ERR));
            } catch (VerbsException e) {
                // RESET or destroyed: it carries nothing, which is all that is wanted.
            }
        }
    }

    /** Moves every queue pair to ERR and hands the set back to its owner, once. */
    public void discard() {
        if (isDiscarded.compareAndSet(false, true)) {
            toError();
            owner.discard(this);
        }
    }
}
