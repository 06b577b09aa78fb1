package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.fastpath.Room;
import io.openib.btl.openib.memory.FairShare;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Calls that are not done at once: those of other threads, which come by a bounded way, and the owner's own to a peer of
 * whom nothing is known yet.
 *
 * <p>Of other threads' calls each peer may always have one under way, and more as long as these are no more than are left of
 * what all peers share. So no number of peers that take nothing keeps a thread from reaching another one.
 */
final class PendingCalls {
    private final MpscAtomicArrayQueue<Call> arrivals;
    private final MpmcAtomicArrayQueue<Call> free;
    /** By peer, those of other threads from when they are begun until they are done. */
    private final AtomicIntegerArray taken;
    /** How many more than one a peer there may be yet. */
    private final AtomicInteger left;

    private final CallLines lines;
    private final RoomWatch room;
    private final Runnable wakeOwner;
    private volatile boolean isClosed;

    /**
     * @param capacity calls of other threads, beyond one a peer
     * @param peers how many there are
     * @param room learns of calls that are refused
     * @param wakeOwner called by each thread that hands over a call, or waits for room
     */
    PendingCalls(int capacity, int peers, RoomWatch room, Runnable wakeOwner) {
        this.arrivals = new MpscAtomicArrayQueue<>(capacity + peers);
        this.free = new MpmcAtomicArrayQueue<>(capacity);
        this.taken = new AtomicIntegerArray(peers);
        this.left = new AtomicInteger(capacity);
        this.lines = new CallLines(peers);
        this.room = room;
        this.wakeOwner = wakeOwner;
    }

    /** Hands over a connect; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int connect(int peer) {
        Call call = take(peer);
        return call == null ? unavailable(peer) : offer(call.begin(Call.Kind.CONNECT, peer, null, 0));
    }

    /** Hands over a send, with a copy of its bytes; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int send(
            int peer,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = take(peer);
        if (call == null) {
            return unavailable(peer);
        }
        try {
            call.begin(Call.Kind.SEND, peer, handler, cookie).message(tag, data, offset, length);
        } catch (RuntimeException | Error e) { // no memory for the copy
            withdraw(call);
            throw e;
        }
        return offer(call);
    }

    /** One to fill and to offer, or null. Any thread. */
    @Nullable
    Call take(int peer) {
        int others = taken.getAndIncrement(peer);
        boolean isTooMany = others > 0 && left.getAndDecrement() < others;
        if (isTooMany || isClosed) {
            release(peer);
            return null;
        }
        Call known = free.poll();
        Call call = known == null ? new Call(false) : known;
        call.peer = peer;
        return call;
    }

    private void release(int peer) {
        if (taken.decrementAndGet(peer) > 0) {
            left.incrementAndGet();
        }
    }

    /** Why there is none to take; of BACK_PRESSURE a notice is due. */
    int unavailable(int peer) {
        int code = room.refuse(peer, Room.HANDED);
        wakeForRoom();
        return isClosed ? BtlStatus.CLOSED : code; // read last: who closes tells those that wait by then
    }

    /** Whether half of what a peer may have is free. */
    boolean hasRoom(int peer) {
        return FairShare.allows(2 * taken.get(peer), left.get());
    }

    /** Each time: others may have looked while this thread had taken what it gives back, and have found no room. */
    private void wakeForRoom() {
        if (room.isHeard()) {
            wakeOwner.run();
        }
    }

    /** Hands over what was taken, for which there is always room; OK. */
    int offer(Call call) {
        if (!arrivals.offer(call)) {
            throw new IllegalStateException("more calls than were counted");
        }
        // Each time: whether the owner is about to park cannot be seen without a fence in each of its rounds.
        wakeOwner.run();
        return BtlStatus.OK;
    }

    /** Lets a call of the owner's own wait. The owner. */
    void hold(Call call) {
        lines.add(call);
    }

    /** Whether nothing waits. The owner. */
    boolean isEmpty() {
        return lines.isEmpty() && arrivals.isEmpty();
    }

    /** Whether calls to a peer wait, of those that have been looked at. The owner. */
    boolean isWaiting(int peer) {
        return lines.isStanding(peer);
    }

    /** Has each call done once that can be, those to one peer in their order; returns how many were. The owner. */
    int drain(Predicate<Call> isDone) {
        lineUp();
        return lines.drain(isDone, this::giveBack);
    }

    /** Has those to a peer that wait by now fail when they have their turn. The owner. */
    void giveUp(int peer) {
        lineUp();
        lines.giveUp(peer);
    }

    private void lineUp() {
        for (Call call = arrivals.poll(); call != null; call = arrivals.poll()) {
            lines.add(call);
        }
    }

    /**
     * Takes no more calls, and gives up those that wait. Whoever has begun one may still hand it over: to be done again until
     * it says so. The owner.
     *
     * @param refused hears of each call that comes to nothing
     * @return whether every call that was ever begun has been heard of
     */
    boolean close(Consumer<Call> refused) {
        isClosed = true;
        drain(call -> {
            refused.accept(call);
            return true;
        });
        return IntStream.range(0, taken.length()).allMatch(peer -> taken.get(peer) == 0);
    }

    /** Makes a call free that is not handed over. The owner, and any thread that has taken one. */
    void withdraw(Call call) {
        giveBack(call);
        if (!call.isOwners) {
            wakeForRoom();
        }
    }

    private void giveBack(Call call) {
        call.clear();
        if (!call.isOwners) {
            int peer = call.peer; // of whoever takes the call next, from the next line on
            free.offer(call);
            release(peer);
        }
    }
}
