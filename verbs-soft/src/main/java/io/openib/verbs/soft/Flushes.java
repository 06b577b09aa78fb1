package io.openib.verbs.soft;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What polls of a completion queue settle beside taking completions: receives of queue pairs in ERR are flushed, and shared
 * receives that closed queue pairs or dead peers hold are posted again, and inboxes of the dead are given back. A poll {@linkplain #begin begins} by noting what is
 * quiet, then reads all rings to their end, and only then {@linkplain #settle settles} what it has noted: what is quiet
 * completes nothing any more, so everything of it was in the rings.
 */
final class Flushes {
    private final Set<SoftQp> flushing = new LinkedHashSet<>();
    private final Map<Integer, SoftQp> retired = new ConcurrentHashMap<>();
    /** Those of the retired that peers have let go of: all that is left of them is in the rings. */
    private final Set<SoftQp> released = new LinkedHashSet<>();

    private final List<SoftQp> quiet = new ArrayList<>();
    private final List<SoftQp> quietRetired = new ArrayList<>();
    private final Set<Long> departed = new LinkedHashSet<>();
    private final List<Long> departedNoted = new ArrayList<>();
    private final Consumer<SoftQp> whenBusy;
    private volatile boolean isAny;

    /**
     * Nothing to settle yet.
     *
     * @param whenBusy told by a poll of a queue pair that it cannot flush, since its peer is at work
     */
    Flushes(Consumer<SoftQp> whenBusy) {
        this.whenBusy = whenBusy;
    }

    /** Whether polls have anything to settle. */
    boolean isAny() {
        return isAny;
    }

    /** The receives of a queue pair in ERR are to be flushed. */
    synchronized void add(SoftQp qp) {
        flushing.add(qp);
        isAny = true;
    }

    synchronized void remove(SoftQp qp) {
        flushing.remove(qp);
        update();
    }

    /** Whether receives of a queue pair are still to be flushed. */
    synchronized boolean has(SoftQp qp) {
        return flushing.contains(qp);
    }

    /** A queue pair of a shared queue is about to close: from then on nobody takes its completions. */
    void retire(SoftQp qp) {
        retired.put(qp.number(), qp);
    }

    /** No peer is at work on a retired queue pair any more. Until then polls need not look at it, however long a peer stands. */
    synchronized void release(SoftQp qp) {
        if (retired.get(qp.number()) == qp) {
            released.add(qp);
            isAny = true;
        }
    }

    /** The same for all that there are. */
    synchronized void releaseAll() {
        released.addAll(retired.values());
        update();
    }

    /** A process is dead: what it has completed here is the last. */
    synchronized void depart(long producerId) {
        departed.add(producerId);
        isAny = true;
    }

    /** Who of the dead was noted when the poll began, before a ring was read. */
    List<Long> departedNoted() {
        return departedNoted;
    }

    /** Everything of a dead process was read. */
    synchronized void settled(long producerId) {
        departed.remove(producerId);
        update();
    }

    /** The shared queue of a queue pair that was closed while completions of it may wait; null for any other number. */
    @Nullable
    SoftSrq srqOfRetired(int qpNumber) {
        SoftQp qp = retired.get(qpNumber);
        return qp == null ? null : qp.srq;
    }

    /** Notes what is quiet. Before the first ring is read. */
    synchronized void begin() {
        quiet.clear();
        quietRetired.clear();
        departedNoted.clear();
        departedNoted.addAll(departed);
        for (SoftQp qp : flushing) {
            if (qp.isPeerBusy()) {
                whenBusy.accept(qp);
            } else {
                quiet.add(qp);
            }
        }
        quietRetired.addAll(released);
    }

    /** Settles what was noted. After all rings were read to their end. */
    synchronized void settle(PeerDirectory peers) {
        for (SoftQp qp : quiet) {
            if (qp.flushReceives()) {
                flushing.remove(qp);
            }
        }
        for (SoftQp qp : quietRetired) {
            released.remove(qp);
            retired.remove(qp.number(), qp);
            if (qp.srq != null) {
                qp.srq.takeBack(id -> !peers.isAlive(id));
            }
        }
        quiet.clear();
        quietRetired.clear(); // closed they are, so they are not held until the next one is
        update();
    }

    private void update() {
        isAny = !flushing.isEmpty() || !released.isEmpty() || !departed.isEmpty();
    }
}
