package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Table;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The queue pairs of this process by number: an index in the upper 16 bits, a count of its uses in the lower 8. */
final class QueuePairTable {
    private final OwnArena arena;
    private final IndexPool indices = new IndexPool(Table.CAPACITY);
    private final byte[] uses = new byte[Table.CAPACITY];
    private volatile @Nullable SoftQp[] queuePairs = new SoftQp[64];

    QueuePairTable(OwnArena arena) {
        this.arena = arena;
    }

    static int index(int number) {
        return number >>> 8;
    }

    /** A number that nobody has, and where its context lies. */
    ShownQp newShown() {
        int number = takeNumber();
        try {
            return new ShownQp(arena, entry(number), number);
        } catch (NoRoomException e) {
            giveBack(number);
            throw e;
        }
    }

    private synchronized int takeNumber() {
        int index = indices.take();
        if (index < 0) {
            throw new NoRoomException("all " + Table.CAPACITY + " queue pairs of this process are in use");
        }
        return index << 8 | (++uses[index] & 0xff);
    }

    /** A number is free again whose queue pair was not made. */
    synchronized void giveBack(int number) {
        indices.giveBack(index(number));
    }

    private synchronized long entry(int number) {
        return Table.ensure(arena, ArenaLayout.QP_TABLE_OFFSET, QpContext.BYTES, index(number));
    }

    synchronized void enter(SoftQp qp) {
        int index = index(qp.number());
        @Nullable SoftQp[] more = queuePairs.clone();
        if (index >= more.length) {
            more = Arrays.copyOf(more, Integer.highestOneBit(index) * 2);
        }
        more[index] = qp;
        queuePairs = more;
    }

    synchronized void leave(SoftQp qp) {
        int index = index(qp.number());
        @Nullable SoftQp[] fewer = queuePairs.clone();
        fewer[index] = null;
        queuePairs = fewer;
        indices.giveBack(index);
    }

    @Nullable
    SoftQp find(int number) {
        @Nullable SoftQp[] all = queuePairs;
        int index = index(number);
        if (index >= all.length) {
            return null;
        }
        SoftQp qp = all[index];
        return qp != null && qp.number() == number && !qp.isClosed() ? qp : null;
    }

    /** The queue pair that a completion names; null when it is closed, or has begun another life since. */
    @Nullable
    SoftQp findTagged(int tag) {
        SoftQp qp = find(QpContext.numberOf(tag));
        return qp != null && qp.tag() == tag ? qp : null;
    }

    /** Waits until every operation and delivery of this process that is under way on memory of a domain has ended. */
    void awaitOwnOperations(SoftPd pd) {
        LateStores.await(); // what was withdrawn is seen before an operation that begins from now on
        for (SoftQp qp : queuePairs) {
            if (qp != null && qp.pd == pd) {
                awaitOwn(qp);
                qp.recvCq.delivery().await();
            }
        }
    }

    private static void awaitOwn(SoftQp qp) {
        long then = qp.shown.operation();
        while ((then & 1) != 0 && qp.shown.operation() == then) {
            Thread.yield();
        }
    }

    /** Moves those to ERR whose peer is in a process that has died with what may have been sent. Under no lock. */
    void failConnected(long arenaId, SoftCq recvCq) {
        for (SoftQp qp : queuePairs) {
            if (qp instanceof RcQp rc && rc.recvCq == recvCq) {
                rc.failIfConnectedTo(arenaId);
            }
        }
    }

    /** Every queue pair there is now, closed ones included that peers are still at work on. */
    @Nullable
    SoftQp[] all() {
        return queuePairs;
    }
}
