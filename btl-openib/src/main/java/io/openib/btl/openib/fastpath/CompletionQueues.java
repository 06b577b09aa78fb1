package io.openib.btl.openib.fastpath;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.VerbsException;
import java.util.function.IntToLongFunction;

/**
 * One queue for the completions of all receives of a module, one for those of its sends. Devices write their entries out when
 * they are made (64 bytes each on mlx5, in pinned memory), so they begin with room for a few lanes and grow as lanes are
 * made; where a device cannot resize queues they have room for all at once.
 */
final class CompletionQueues {
    /**
     * More than most ranks have neighbours, and all that a job of 16 ranks can need. With the default receive queues they take
     * 3 MiB on mlx5, where the buffers of shared queues take 19.
     */
    static final int FIRST_LANES = 32;

    private final LaneShape shape;
    private final String place;
    private final long maxCqe;
    private final int maxLanes;
    private final CompletionQueue recvCq;
    private final CompletionQueue sendCq;

    /**
     * @param lanes that there will be at most
     * @throws VerbsException if the device has not enough
     */
    CompletionQueues(Device device, LaneShape shape, int lanes) {
        this.shape = shape;
        this.place = device.name();
        this.maxCqe = device.attributes().limit(DeviceLimit.MAX_CQE);
        this.maxLanes = shape.lanesWithin(maxCqe, lanes);
        int first = maxLanes > FIRST_LANES && canResize(device) ? FIRST_LANES : maxLanes;
        this.recvCq = device.createCompletionQueue(entries(shape.receiveEntries(first)), null);
        this.sendCq = sendCq(device, entries(shape.sendEntries(first)));
    }

    private CompletionQueue sendCq(Device device, int entries) {
        try {
            return device.createCompletionQueue(entries, null);
        } catch (RuntimeException | Error e) {
            recvCq.close();
            throw e;
        }
    }

    private int entries(long needed) {
        return (int) Math.min(maxCqe, Math.max(needed, shape.cqEntries()));
    }

    /** Tried, since no attribute tells; on a queue of its own, since some devices finish it only when the queue is polled. */
    private static boolean canResize(Device device) {
        try (CompletionQueue trial = device.createCompletionQueue(1, null)) {
            trial.resize(2);
            return true;
        } catch (VerbsException e) {
            return false;
        }
    }

    /** Lanes that the device can have completion queues for. */
    int maxLanes() {
        return maxLanes;
    }

    CompletionQueue recvCq() {
        return recvCq;
    }

    CompletionQueue sendCq() {
        return sendCq;
    }

    /**
     * Sees to it that there is room for so many lanes, before the last of them is made. By the control thread, while the owner
     * polls.
     *
     * @param lanes at most {@link #maxLanes()}
     * @throws VerbsException if the device has not enough; what there is goes on
     */
    void makeRoom(int lanes) {
        grow(recvCq, shape::receiveEntries, lanes);
        grow(sendCq, shape::sendEntries, lanes);
    }

    /** Ahead if the device has enough, so that this is rare. */
    private void grow(CompletionQueue cq, IntToLongFunction entriesOf, int lanes) {
        int needed = entries(entriesOf.applyAsLong(lanes));
        if (needed <= cq.cqe()) {
            return;
        }
        int ahead = entries(entriesOf.applyAsLong(Math.min(maxLanes, 2 * lanes)));
        try {
            cq.resize(ahead);
        } catch (VerbsException e) {
            growByNeed(cq, needed, lanes);
        }
    }

    private void growByNeed(CompletionQueue cq, int needed, int lanes) {
        try {
            cq.resize(needed);
        } catch (VerbsException e) {
            throw new VerbsException(
                    e.call(),
                    place,
                    e.errno(),
                    "connection " + lanes + " needs a larger completion queue; " + needed
                            + " entries are refused, it stays at " + cq.cqe() + ", and the device's limit is " + maxCqe
                            + ": raise the limit of locked memory (ulimit -l), or shorten btl_openib_receive_queues",
                    e);
        }
    }

    /** Closes both; no queue pair may use them any more. */
    void close() {
        recvCq.close();
        sendCq.close();
    }
}
