package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Calls that are not done at once: those of other threads, which come by a bounded way, and the owner's own to a peer of
 * whom nothing is known yet.
 *
 * <p>No peer may have more calls of other threads under way than are free at the time, so that peers which take nothing leave
 * room for the others however many they are: one may have half of all, two of them a third each.
 */
final class PendingCalls {
    private final MpscAtomicArrayQueue<Call> arrivals;
    private final MpmcAtomicArrayQueue<Call> free;
    private final AtomicIntegerArray taken;
    private final CallLines lines;
    private final int capacity;
    private volatile boolean isClosed;
    /** The calls that nobody can use any more. The owner. */
    private int collected;

    /**
     * @param capacity of the calls of other threads
     * @param peers how many there are
     */
    PendingCalls(int capacity, int peers) {
        this.capacity = capacity;
        this.arrivals = new MpscAtomicArrayQueue<>(capacity);
        this.free = new MpmcAtomicArrayQueue<>(capacity);
        this.taken = new AtomicIntegerArray(peers);
        this.lines = new CallLines(peers);
        for (int i = 0; i < capacity; i++) {
            free.offer(new Call(false));
        }
    }

    /** Hands over a connect; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int connect(int peer) {
        Call call = take(peer);
        return call == null ? unavailable() : offer(call.begin(Call.Kind.CONNECT, peer, null, 0));
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
            return unavailable();
        }
        return offer(call.begin(Call.Kind.SEND, peer, handler, cookie).message(tag, data, offset, length));
    }

    /** One to fill and to offer, or null. Any thread. */
    @Nullable
    Call take(int peer) {
        Call call = taken.get(peer) < free.size() ? free.poll() : null;
        if (call != null) {
            call.peer = peer;
            taken.incrementAndGet(peer);
        }
        return call;
    }

    /** Why there is none to take. */
    int unavailable() {
        return isClosed ? BtlStatus.CLOSED : BtlStatus.BACK_PRESSURE;
    }

    /** Hands over what was taken, for which there is always room; OK. */
    int offer(Call call) {
        arrivals.offer(call);
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

    /** Has each call done once that can be, those to one peer in their order; returns how many were. The owner. */
    int drain(Predicate<Call> isDone) {
        int count = lines.isEmpty() ? 0 : lines.drain(isDone, this::giveBack);
        for (int i = 0; i < capacity; i++) {
            Call call = arrivals.poll();
            if (call == null) {
                break;
            }
            if (lines.hasOf(call.peer) || !isDone.test(call)) {
                lines.add(call);
            } else {
                giveBack(call);
                count++;
            }
        }
        return count;
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
        for (Call call = arrivals.poll(); call != null; call = arrivals.poll()) {
            lines.add(call);
        }
        lines.drain(call -> refuse(call, refused), call -> collected += call.isOwners ? 0 : 1);
        while (free.poll() != null) {
            collected++;
        }
        return collected == capacity;
    }

    private static boolean refuse(Call call, Consumer<Call> refused) {
        refused.accept(call);
        call.clear();
        return true;
    }

    /** Makes a call free for others. Any thread that has taken one, and the owner. */
    void giveBack(Call call) {
        call.clear();
        if (!call.isOwners) {
            taken.decrementAndGet(call.peer);
            free.offer(call);
        }
    }
}
