package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.FragmentPool;
import io.openib.btl.openib.wire.Header;
import io.openib.btl.openib.wire.ReceiveQueue;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import java.util.ArrayList;
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
    private final CompletionQueue recvCq;
    private final CompletionQueue sendCq;
    private final FragmentPool[] pools;
    private final FragmentPool staging;
    private final SharedWindow[] windows;
    private final @Nullable SharedReceives[] shared;
    private final int maxLanes;

    /**
     * Makes the completion queues, large enough for this many lanes or as large as the device has them.
     *
     * @throws VerbsException if the device has not enough
     */
    public FastPathResources(Device device, ProtectionDomain pd, LaneShape shape, int lanes) {
        this.pd = pd;
        this.shape = shape;
        int count = shape.queues().count();
        long maxCqe = device.attributes().limit(DeviceLimit.MAX_CQE);
        this.maxLanes = lanesWithin(maxCqe, lanes);
        this.recvCq = device.createCompletionQueue(entries(shape.receiveEntries(maxLanes), maxCqe), null);
        this.sendCq = device.createCompletionQueue(entries(shape.sendEntries(maxLanes), maxCqe), null);
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

    private int lanesWithin(long maxCqe, int wanted) {
        int lanes = wanted;
        while (lanes > 1 && Math.max(shape.receiveEntries(lanes), shape.sendEntries(lanes)) > maxCqe) {
            lanes /= 2;
        }
        return lanes;
    }

    private int entries(long needed, long maxCqe) {
        return (int) Math.min(maxCqe, Math.max(needed, shape.cqEntries()));
    }

    /** Lanes that the completion queues have room for. */
    public int maxLanes() {
        return maxLanes;
    }

    LaneShape shape() {
        return shape;
    }

    CompletionQueue recvCq() {
        return recvCq;
    }

    CompletionQueue sendCq() {
        return sendCq;
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
     * Makes the queue pairs of a lane, in RESET; by the control thread.
     *
     * @throws VerbsException if the device refuses; nothing is left behind
     */
    public Lane newLane(FastPath path, int peer, int slot) {
        List<LaneQueue> queues = new ArrayList<>();
        try {
            for (int i = 0; i < shape.queues().count(); i++) {
                queues.add(newQueue(i, slot));
            }
        } catch (VerbsException e) {
            queues.forEach(queue -> queue.qp.close());
            throw e;
        }
        return new Lane(path, peer, slot, queues.toArray(LaneQueue[]::new), shape);
    }

    private LaneQueue newQueue(int index, int slot) {
        ReceiveQueue spec = shape.queues().queue(index);
        int depth = shape.depth(index);
        int receives = spec.isShared() ? 0 : shape.receives(index);
        QpInitAttributes attributes =
                QpInitAttributes.rc(sendCq, recvCq, new QpCapabilities(depth, receives, 1, 1, shape.inlineBytes()));
        if (spec.isShared()) {
            attributes = attributes.withSrq(sharedOf(index, spec).srq());
        }
        QueuePair qp = pd.createQueuePair(attributes);
        try {
            PeerReceives own = spec.isShared()
                    ? null
                    : new PeerReceives(pd, qp, spec, index, slot, shape.reservedReceives(index), shape.alignment());
            SharedWindow window = spec.isShared() ? windows[index] : null;
            return new LaneQueue(index, slot, qp, depth, shape.reservedSlots(index), spec.rdNum(), window, own);
        } catch (VerbsException e) {
            qp.close();
            throw e;
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
        recvCq.close();
        sendCq.close();
        for (FragmentPool pool : pools) {
            pool.close();
        }
        staging.close();
    }
}
