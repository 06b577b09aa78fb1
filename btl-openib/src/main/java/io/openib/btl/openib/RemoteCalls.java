package io.openib.btl.openib;

import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/** The bounded way from other threads to the owner. */
final class RemoteCalls {
    private final MpscAtomicArrayQueue<RemoteCall> waiting;
    private final MpmcAtomicArrayQueue<RemoteCall> free;

    RemoteCalls(int capacity) {
        this.waiting = new MpscAtomicArrayQueue<>(capacity);
        this.free = new MpmcAtomicArrayQueue<>(capacity);
        for (int i = 0; i < capacity; i++) {
            free.offer(new RemoteCall());
        }
    }

    /** A free call, to be filled and {@linkplain #offer offered}; null when too many wait. Any thread. */
    @Nullable
    RemoteCall take() {
        return free.poll();
    }

    /** Hands a call to the owner; there is always room for one that was taken. Any thread. */
    void offer(RemoteCall call) {
        waiting.offer(call);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The next call, or null. The owner. */
    @Nullable
    RemoteCall next() {
        return waiting.poll();
    }

    /** The next call without taking it, or null. The owner. */
    @Nullable
    RemoteCall peek() {
        return waiting.peek();
    }

    /** Makes a call free for others. */
    void giveBack(RemoteCall call) {
        call.clear();
        free.offer(call);
    }
}
