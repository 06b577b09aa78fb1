package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.RegisteredMemory;
import java.nio.ByteBuffer;
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

    /** Hands over a connect; OK or BACK_PRESSURE. Any thread. */
    int connect(int peer) {
        RemoteCall call = free.poll();
        if (call == null) {
            return BtlStatus.BACK_PRESSURE;
        }
        call.kind = RemoteCall.Kind.CONNECT;
        call.peer = peer;
        return offer(call);
    }

    /** Hands over a send, with a copy of its bytes; OK or BACK_PRESSURE. Any thread. */
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
            return BtlStatus.BACK_PRESSURE;
        }
        call.kind = RemoteCall.Kind.SEND;
        call.peer = peer;
        call.tag = tag;
        call.copy(data, offset, length);
        call.handler = handler;
        call.cookie = cookie;
        return offer(call);
    }

    /** Hands over a put, a get or an atomic, on registered memory or a buffer; OK or BACK_PRESSURE. Any thread. */
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
            return BtlStatus.BACK_PRESSURE;
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

    /** Makes a call free for others. */
    void giveBack(RemoteCall call) {
        call.clear();
        free.offer(call);
    }
}
