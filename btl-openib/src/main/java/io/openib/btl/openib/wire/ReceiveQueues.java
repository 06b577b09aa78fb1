package io.openib.btl.openib.wire;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The queues that a process receives on, by growing size: the value of {@code btl_openib_receive_queues}.
 *
 * @param queues at least one
 */
public record ReceiveQueues(List<ReceiveQueue> queues) {
    /** Per-peer first, so that credits run by default; the rest as Open MPI 1.6 had it. */
    public static final String DEFAULT =
            "P,128,256,192,128:S,2048,1024,1008,64:S,12288,1024,1008,64:S,65536,1024,1008,64";

    public ReceiveQueues {
        queues = List.copyOf(queues);
    }

    /** How many. */
    public int count() {
        return queues.size();
    }

    /** One of them. */
    public ReceiveQueue queue(int index) {
        return queues.get(index);
    }

    /** The longest message that any takes. */
    public int maxSizeBytes() {
        return queues.get(count() - 1).sizeBytes();
    }

    /** Put, get and atomics go by the last one. */
    public int rdmaQueue() {
        return count() - 1;
    }

    /** What the transport says to itself goes by the first per-peer queue, or the last if there is none. */
    public int controlQueue() {
        for (int i = 0; i < count(); i++) {
            if (!queues.get(i).isShared()) {
                return i;
            }
        }
        return count() - 1;
    }

    /** The smallest queue that takes a message of this length; -1 if none does. */
    public int queueFor(int lengthBytes) {
        for (int i = 0; i < count(); i++) {
            if (lengthBytes <= queues.get(i).sizeBytes()) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Receives of the control queue beyond its own, when it is per peer: a peer has at most the sum of rd_rsv credit
     * messages under way, as many reports of having seen ours, and one goodbye.
     */
    public int reservedReceives() {
        return 2 * maxCreditMessages() + 1;
    }

    /** Credit messages that one side may have under way. */
    public int maxCreditMessages() {
        return Math.min(
                Header.MAX_SEEN, queues.stream().mapToInt(ReceiveQueue::rdRsv).sum());
    }

    /** In the parameter's grammar, with every field written out. */
    @Override
    public String toString() {
        return queues.stream().map(ReceiveQueue::toString).collect(Collectors.joining(":"));
    }
}
