package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/** The bounded way from other threads to the owner. */
final class RemoteCalls {
    private final MpscAtomicArrayQueue<Call> waiting;
    private final MpmcAtomicArrayQueue<Call> free;
    private final int capacity;
    private volatile boolean isClosed;
    /** The calls that nobody can use any more. The owner. */
    private int collected;

    RemoteCalls(int capacity) {
        this.capacity = capacity;
        this.waiting = new MpscAtomicArrayQueue<>(capacity);
        this.free = new MpmcAtomicArrayQueue<>(capacity);
        for (int i = 0; i < capacity; i++) {
            free.offer(new Call());
        }
    }

    /** Hands over a connect; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int connect(int peer) {
        Call call = take();
        if (call == null) {
            return unavailable();
        }
        return offer(call.begin(Call.Kind.CONNECT, peer, null, 0));
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
        Call call = take();
        if (call == null) {
            return unavailable();
        }
        call.begin(Call.Kind.SEND, peer, handler, cookie);
        call.tag = tag;
        call.copy(data, offset, length);
        return offer(call);
    }

    /** One to fill and to offer, or null. Any thread. */
    @Nullable
    Call take() {
        return free.poll();
    }

    /** Why there is none to take. */
    int unavailable() {
        return isClosed ? BtlStatus.CLOSED : BtlStatus.BACK_PRESSURE;
    }

    /** Hands over what was taken, for which there is always room; OK. */
    int offer(Call call) {
        waiting.offer(call);
        return BtlStatus.OK;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The next call, or null. The owner. */
    @Nullable
    Call next() {
        return waiting.poll();
    }

    /** The next call without taking it, or null. The owner. */
    @Nullable
    Call peek() {
        return waiting.peek();
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
        for (Call call = waiting.poll(); call != null; call = waiting.poll()) {
            refused.accept(call);
            call.clear();
            collected++;
        }
        while (free.poll() != null) {
            collected++;
        }
        return collected == capacity;
    }

    /** Makes a call free for others. Any thread that has taken one, and the owner. */
    void giveBack(Call call) {
        call.clear();
        free.offer(call);
    }
}
