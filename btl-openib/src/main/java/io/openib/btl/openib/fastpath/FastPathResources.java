package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the device holds for one module: completion queues, shared receive queues, memory for sends, and the queue pairs
 * of lanes, which the control thread makes here. Shared receive queues come with the first lane, or when they are prepared.
 */
public final class FastPathResources implements AutoCloseable {
    static final int STAGING_BYTES = 64 << 10;
    private static final int STAGING_SLAB = 16;
    private static final int STAGING_MAX = 128;

    private final ProtectionDomain pd;
    private final LaneShape shape;
    private final CompletionQueues completions;
    private final FragmentPool[] pools;
    private final FragmentPool staging;
    private final SharedWindow[] windows;
    private final @Nullable SharedReceives[] shared;
    /** What the last queue pair was made with. Control thread. */
    private int inlineBytes;

    /**
     * Makes the completion queues, which grow as lanes are made.
     *
     * @param lanes that there will be at most
     * @throws VerbsException if the device has not enough
     */
    public FastPathResources(Device device, ProtectionDomain pd, LaneShape shape, int lanes) {
        this.pd = pd;
        this.shape = shape;
        this.inlineBytes = shape.inlineBytes();
        int count = shape.queues().count();
        this.completions = new CompletionQueues(device, shape, lanes);
        this.staging = new FragmentPool(pd, STAGING_BYTES, shape.alignment(), STAGING_SLAB, STAGING_MAX);
        this.pools = new FragmentPool[count];
        this.windows = new SharedWindow[count];
        this.shared = new @Nullable SharedReceives[count];
        for (int i = 0; i < count; i++) {
            ReceiveQueue spec = shape.queues().queue(i);
            int bytes = spec.sizeBytes() + Header.BYTES;
            pools[i] = new FragmentPool(pd, bytes, shape.alignment(), shape.poolMin(), shape.poolMax(i));
            windows[i] = new SharedWindow(spec.sdMax());
        }
    }

    /** Lanes that the completion queues can have room for. */
    public int maxLanes() {
        return completions.maxLanes();
    }

    LaneShape shape() {
        return shape;
    }

    /** Whether it is one of the queues that all lanes share. Control thread. */
    public boolean holds(AutoCloseable queue) {
        boolean isShared = Arrays.stream(shared).anyMatch(receives -> receives != null && receives.srq() == queue);
        return isShared || queue == completions.recvCq() || queue == completions.sendCq();
    }

    CompletionQueue recvCq() {
        return completions.recvCq();
    }

    CompletionQueue sendCq() {
        return completions.sendCq();
    }

    FragmentPool[] pools() {
        return pools;
    }

    FragmentPool staging() {
        return staging;
    }

    SharedReceives shared(int queue) {
        SharedReceives receives = shared[queue];
        if (receives == null) {
            throw new IllegalStateException("queue " + queue + " is not shared");
        }
        return receives;
    }

    /**
     * Makes the queue pairs of a lane, in RESET, and room for their completions before; by the control thread.
     *
     * @param slot the lane's number, the least that is free
     * @throws VerbsException if the device refuses; nothing is left behind
     */
    public Lane newLane(FastPath path, int peer, int slot) {
        completions.makeRoom(slot + 1);
        List<LaneQueue> queues = new ArrayList<>();
        try {
            for (int i = 0; i < shape.queues().count(); i++) {
                queues.add(newQueue(i, slot));
            }
            return new Lane(path, peer, slot, queues.toArray(LaneQueue[]::new), shape);
        } catch (RuntimeException | Error e) {
            queues.forEach(LaneQueue::close);
            throw e;
        }
    }

    private LaneQueue newQueue(int index, int slot) {
        ReceiveQueue spec = shape.queues().queue(index);
        int depth = shape.depth(index);
        int receives = spec.isShared() ? 0 : shape.receives(index);
        SharedReceiveQueue srq = spec.isShared() ? sharedOf(index, spec).srq() : null;
        QueuePair qp = newQueuePair(depth, receives, srq);
        PeerReceives own = null;
        try {
            own = spec.isShared()
                    ? null
                    : new PeerReceives(pd, qp, spec, index, slot, shape.reservedReceives(index), shape.alignment());
            SharedWindow window = spec.isShared() ? windows[index] : null;
            return new LaneQueue(index, slot, qp, depth, shape.reservedSlots(index), spec.rdNum(), window, own);
        } catch (RuntimeException | Error e) {
            qp.close();
            if (own != null) {
                own.close();
            }
            throw e;
        }
    }

    /** Many devices tell how much inline data is too much by refusing it alone: then half of it is asked for, and so on. */
    private QueuePair newQueuePair(int depth, int receives, @Nullable SharedReceiveQueue srq) {
        int inline = inlineBytes;
        while (true) {
            QpInitAttributes attributes =
                    QpInitAttributes.rc(sendCq(), recvCq(), new QpCapabilities(depth, receives, 1, 1, inline));
            try {
                QueuePair qp = pd.createQueuePair(srq == null ? attributes : attributes.withSrq(srq));
                inlineBytes = inline;
                return qp;
            } catch (VerbsException e) {
                if (inline == 0 || e.errno() != Errno.EINVAL) {
                    throw e;
                }
                inline = inline / 2 < Header.BYTES ? 0 : inline / 2;
            }
        }
    }

    /**
     * Makes the shared receive queues now and not with the first lane, which would have to wait for their memory; before any
     * other thread knows of this.
     *
     * @throws VerbsException if there is no memory for them
     */
    public void prepare() {
        for (int i = 0; i < shape.queues().count(); i++) {
            if (shape.queues().queue(i).isShared()) {
                sharedOf(i, shape.queues().queue(i));
            }
        }
    }

    private SharedReceives sharedOf(int index, ReceiveQueue spec) {
        SharedReceives receives = shared[index];
        if (receives == null) {
            receives = new SharedReceives(pd, index, spec, shape.alignment());
            shared[index] = receives;
        }
        return receives;
    }

    /** Moves the queue pairs to ERR, as far as they let themselves be moved. */
    void moveToError(Lane lane) {
        for (LaneQueue queue : lane.queues) {
            try {
                queue.qp.modify(QpAttributes.toState(QpState.ERR));
            } catch (VerbsException e) {
                // A queue pair that cannot be moved is destroyed at the deadline like the others.
            }
        }
    }

    /** Releases everything; all lanes must have been destroyed. */
    @Override
    public void close() {
        for (SharedReceives receives : shared) {
            if (receives != null) {
                receives.close();
            }
        }
        completions.close();
        for (FragmentPool pool : pools) {
            pool.close();
        }
        staging.close();
    }
}
