package io.openib.btl.openib.loop;

import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A receive queue, shared or not; senders that found it empty go on when something is posted. */
final class LoopReceives implements SharedReceiveQueue {
    private final LoopRequest.Receive[] ring;
    private int head;
    private int tail;
    final Set<LoopQueuePair> waiting = new LinkedHashSet<>();
    private final ProtectionDomain pd;
    private final int max;
    private Runnable onClose = () -> {};

    LoopReceives(ProtectionDomain pd, int max) {
        this.pd = pd;
        this.max = max;
        this.ring = new LoopRequest.Receive[Integer.highestOneBit(Math.max(1, max) * 2 - 1)];
        for (int i = 0; i < ring.length; i++) {
            ring[i] = new LoopRequest.Receive();
        }
    }

    /** The oldest receive, taken out and valid until the next post; null if there is none. */
    LoopRequest.@Nullable Receive poll() {
        return head == tail ? null : ring[head++ & ring.length - 1];
    }

    @Override
    public ProtectionDomain protectionDomain() {
        return pd;
    }

    @Override
    public int maxWr() {
        return max;
    }

    @Override
    public int maxSge() {
        return 1;
    }

    @Override
    public void armLimit(int receives) {}

    @Override
    public int limit() {
        return 0;
    }

    @Override
    public RecvWorkRequest newRecvRequest(int sges) {
        return new LoopRequest.Receive();
    }

    @Override
    public int post(RecvWorkRequest wr) {
        synchronized (LoopFabric.LOCK) {
            if (tail - head >= max) {
                return -12;
            }
            ring[tail++ & ring.length - 1].copyOf((LoopRequest.Receive) wr);
            if (!waiting.isEmpty()) {
                for (LoopQueuePair qp : Set.copyOf(waiting)) {
                    waiting.remove(qp);
                    qp.run();
                }
            }
            return 0;
        }
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int code = post(wrs[i]);
            if (code != 0) {
                return i == 0 ? code : i;
            }
        }
        return n;
    }

    @Override
    public void close() {
        onClose.run();
        onClose = () -> {};
    }

    /** Sets what is told, once, that it was closed. */
    LoopReceives onClose(Runnable told) {
        onClose = told;
        return this;
    }
}
