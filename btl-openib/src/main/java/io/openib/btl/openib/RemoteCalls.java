package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/** The bounded way from other threads to the owner. */
final class RemoteCalls {
    private final MpscAtomicArrayQueue<RemoteCall> waiting;
    private final MpmcAtomicArrayQueue<RemoteCall> free;
    private final int capacity;
    private volatile boolean isClosed;
    /** The calls that nobody can use any more. The owner. */
    private int collected;

    RemoteCalls(int capacity) {
        this.capacity = capacity;
        this.waiting = new MpscAtomicArrayQueue<>(capacity);
        this.free = new MpmcAtomicArrayQueue<>(capacity);
        for (int i = 0; i < capacity; i++) {
            free.offer(new RemoteCall());
        }
    }

    /** Hands over a connect; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int connect(int peer) {
        RemoteCall call = free.poll();
        if (call == null) {
            return unavailable();
        }
        call.kind = RemoteCall.Kind.CONNECT;
        call.peer = peer;
        return offer(call);
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
        RemoteCall call = free.poll();
        if (call == null) {
            return unavailable();
        }
        call.kind = RemoteCall.Kind.SEND;
        call.peer = peer;
        call.tag = tag;
        call.copy(data, offset, length);
        call.handler = handler;
        call.cookie = cookie;
        return offer(call);
    }

    /** Hands over a put, a get or an atomic, on registered memory or a buffer; OK, BACK_PRESSURE or CLOSED. Any thread. */
    int oneSided(
            RemoteCall.Kind kind,
            int peer,
            @Nullable RegisteredMemory memory,
            @Nullable ByteBuffer local,
            long localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        RemoteCall call = free.poll();
        if (call == null) {
            return unavailable();
        }
        call.kind = kind;
        call.peer = peer;
        call.memory = memory;
        call.local = local;
        call.localOffset = localOffset;
        call.remote = target;
        call.remoteOffset = remoteOffset;
        call.length = length;
        call.compareAdd = compareAdd;
        call.swap = swap;
        call.handler = handler;
        call.cookie = cookie;
        return offer(call);
    }

    private int unavailable() {
        return isClosed ? BtlStatus.CLOSED : BtlStatus.BACK_PRESSURE;
    }

    /** There is always room for a call that was free. */
    private int offer(RemoteCall call) {
        waiting.offer(call);
        return BtlStatus.OK;
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

    /**
     * Takes no more calls, and gives up those that wait. Whoever has begun one may still hand it over: to be done again until
     * it says so. The owner.
     *
     * @param refused hears of each call that comes to nothing
     * @return whether every call that was ever begun has been heard of
     */
    boolean close(Consumer<RemoteCall> refused) {
        isClosed = true;
        for (RemoteCall call = waiting.poll(); call != null; call = waiting.poll()) {
            refused.accept(call);
            call.clear();
            collected++;
        }
        while (free.poll() != null) {
            collected++;
        }
        return collected == capacity;
    }

    /** Makes a call free for others. */
    void giveBack(RemoteCall call) {
        call.clear();
        free.offer(call);
    }
}
