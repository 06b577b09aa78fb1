package io.openib.runtime;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which ranks are present, gone or dead, and the barrier that must not wait for those who can never arrive. A session
 * that cannot be written to is put on a list that {@link #nextBroken} empties. Owned by the server's thread.
 */
final class Pmi1Membership {

    private static final String LOST = "closed its connection to the launcher without leaving the job";

    private final int size;
    private final long lossGraceNs;
    private final @Nullable Pmi1Session[] sessions;
    private final Map<Integer, PeerDeath> deaths = new LinkedHashMap<>();
    private final long[] pids;
    private final long[] declareDeadAtNs;
    private final BitSet lost = new BitSet();
    private final BitSet left = new BitSet();
    private final BitSet arrived = new BitSet();
    private final Queue<Pmi1Session> broken = new ArrayDeque<>();
    private final String hostName = HostName.local();

    Pmi1Membership(int size, long lossGraceMs) {
        this.size = size;
        this.lossGraceNs = TimeUnit.MILLISECONDS.toNanos(lossGraceMs);
        this.sessions = new Pmi1Session[size];
        this.pids = new long[size];
        this.declareDeadAtNs = new long[size];
    }

    void join(Pmi1Session session, long pid) {
        sessions[session.rank()] = session;
        pids[session.rank()] = Math.max(0, pid);
    }

    /** A rank enters the barrier; the last one opens it. */
    void arrive(Pmi1Session session) throws PmiFormatException {
        if (arrived.get(session.rank())) {
            throw new PmiFormatException("barrier_in while it waits in the barrier");
        }
        arrived.set(session.rank());
        if (arrived.cardinality() == size) {
            release(PmiLine.of("barrier_out"));
        } else {
            failIfStuck();
        }
    }

    /** A rank has left the job in order. */
    void leave(int rank) {
        left.set(rank);
        failIfStuck();
    }

    /** A rank's connection is gone. */
    void detach(int rank) {
        sessions[rank] = null;
        arrived.clear(rank);
    }

    /** A rank that has not left is detached; it is declared dead after the grace unless {@link #die} says more before. */
    void lose(int rank) {
        if (!deaths.containsKey(rank)) {
            lost.set(rank);
            declareDeadAtNs[rank] = System.nanoTime() + lossGraceNs;
        }
    }

    /** A rank has died; the first report counts. */
    void die(PeerDeath death) {
        int rank = death.rank();
        if (deaths.putIfAbsent(rank, death) != null) {
            return;
        }
        lost.clear(rank);
        for (Pmi1Session session : sessions) {
            if (session != null && session.wantsNotices() && session.rank() != rank) {
                send(session, DeathNotice.toLine(death));
            }
        }
        failIfStuck();
    }

    void tellDeathsTo(Pmi1Session session) {
        for (PeerDeath death : deaths.values()) {
            send(session, DeathNotice.toLine(death));
        }
    }

    /** Declares those dead whose grace is over; returns how long until the next, or {@link Long#MAX_VALUE}. */
    long declareDead(long nowNs) {
        long nextNs = Long.MAX_VALUE;
        for (int rank = lost.nextSetBit(0); rank >= 0; rank = lost.nextSetBit(rank + 1)) {
            long remainingNs = declareDeadAtNs[rank] - nowNs;
            if (remainingNs <= 0) {
                die(new PeerDeath(rank, hostName, pids[rank], LOST));
            } else {
                nextNs = Math.min(nextNs, remainingNs);
            }
        }
        return nextNs;
    }

    /** A session that failed while it was written to, to be dropped. */
    @Nullable
    Pmi1Session nextBroken() {
        return broken.poll();
    }

    /** A death explains more than a leave, and the first death more than later ones: those may be its consequences. */
    private void failIfStuck() {
        if (arrived.isEmpty()) {
            return;
        }
        if (!deaths.isEmpty()) {
            fail(deaths.keySet().iterator().next(), "_has_died");
        } else if (!left.isEmpty()) {
            fail(left.nextSetBit(0), "_has_finalized");
        }
    }

    private void fail(int rank, String how) {
        release(PmiLine.of("barrier_out")
                .with("rc", -1)
                .with("msg", "rank_" + rank + how)
                .with("openib_rank", rank));
    }

    private void release(PmiLine line) {
        BitSet waiting = (BitSet) arrived.clone();
        arrived.clear();
        for (int rank = waiting.nextSetBit(0); rank >= 0; rank = waiting.nextSetBit(rank + 1)) {
            Pmi1Session session = sessions[rank];
            if (session != null) {
                send(session, line);
            }
        }
    }

    private void send(Pmi1Session session, PmiLine line) {
        try {
            session.send(line);
        } catch (IOException e) {
            broken.add(session);
        }
    }
}
