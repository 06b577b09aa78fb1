package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.fastpath.Room;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntBinaryOperator;

/**
 * Who was refused for want of room and is to be told of some. Any thread may be refused; the owner looks and tells, in each round while
 * anybody waits. No refusal is lost: it is written down before the refused call returns, and struck out before the notice is given.
 */
final class RoomWatch {
    private static final int NONE = -1;

    private final Events events;
    /** By peer, what it was refused since there was room for that: bits of {@link Room}. */
    private final AtomicIntegerArray refused;
    /** The peers that were refused something, each once: the first, and by peer who follows. */
    private final AtomicInteger first = new AtomicInteger(NONE);

    private final int[] following;

    RoomWatch(Events events, int peers) {
        this.events = events;
        this.refused = new AtomicIntegerArray(peers);
        this.following = new int[peers];
    }

    /** Whether the program wants to hear of room. Any thread. */
    boolean isHeard() {
        return events.isRoomHeard();
    }

    /** Refuses a call of this kind: BACK_PRESSURE. Any thread. */
    int refuse(int peer, int kind) {
        if (isHeard() && refused.getAndAccumulate(peer, kind, (known, more) -> known | more) == 0) {
            add(peer);
        }
        return BtlStatus.BACK_PRESSURE;
    }

    private void add(int peer) {
        int before;
        do {
            before = first.get();
            following[peer] = before;
        } while (!first.compareAndSet(before, peer));
    }

    /** Whether anybody waits. */
    boolean isAwaited() {
        return first.get() != NONE;
    }

    /**
     * Tells of each peer that has room. Who is refused within the handler waits for the next time, so that this comes to an end. Owner.
     *
     * @param roomOf what there is room for, given a peer and what it was refused
     * @return how many peers it told of
     */
    int tell(IntBinaryOperator roomOf) {
        int count = 0;
        int peer = first.getAndSet(NONE);
        while (peer != NONE) {
            int next = following[peer];
            count += tell(peer, roomOf) ? 1 : 0;
            peer = next;
        }
        return count;
    }

    private boolean tell(int peer, IntBinaryOperator roomOf) {
        int room = roomOf.applyAsInt(peer, refused.get(peer));
        int left = refused.accumulateAndGet(peer, ~room, (known, kept) -> known & kept);
        if (left != 0) {
            add(peer);
        }
        if (room != 0) {
            events.tellRoom(peer);
        }
        return room != 0;
    }

    /** Tells all who wait, those included that are about to be added: their calls answer CLOSED from now on. Owner. */
    void close() {
        for (int peer = 0; peer < following.length; peer++) {
            if (refused.getAndSet(peer, 0) != 0) {
                events.tellRoom(peer);
            }
        }
    }
}
