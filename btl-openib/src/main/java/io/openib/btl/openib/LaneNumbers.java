package io.openib.btl.openib;

import java.util.BitSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * The numbers of a module's lanes. Each keeps its own until it is drained and destroyed, so that peers that are lost or given up in quick
 * succession may have them all; who needs one then waits, since there will be one when the first of those is gone. Of the control thread.
 */
final class LaneNumbers {
    private final IntSupplier most;
    private final BitSet taken = new BitSet();
    private final BitSet retiring = new BitSet();
    /** Peers to which an attempt of ours has begun that has made no lane yet. */
    private final Set<Integer> promised = new HashSet<>();

    private final Map<Waiter, Runnable> waiting = new LinkedHashMap<>();
    private boolean isServing;
    private boolean isClosed;

    /**
     * Who waits: each once.
     *
     * @param peer whom the lane is for
     * @param isOurs whether the attempt is ours, not the peer's
     */
    private record Waiter(int peer, boolean isOurs) {}

    /** {@code most} tells how many there may be. */
    LaneNumbers(IntSupplier most) {
        this.most = most;
    }

    /** Does something for which a lane is made, or soon will be if it is ours; as soon as there is a number, or none is to be waited for. */
    void whenFree(int peer, boolean isOurs, Runnable what) {
        Waiter waiter = new Waiter(peer, isOurs);
        if (isClosed || (waiting.isEmpty() && !isToWait(peer))) {
            begin(waiter, what);
        } else {
            waiting.put(waiter, what);
        }
    }

    private boolean isToWait(int peer) {
        boolean isFree = promised.contains(peer) || taken.cardinality() + promised.size() < most.getAsInt();
        return !isFree && !retiring.isEmpty();
    }

    private void begin(Waiter waiter, Runnable what) {
        if (waiter.isOurs) {
            promised.add(waiter.peer);
        }
        what.run();
    }

    private void serve() {
        if (isServing) {
            return; // what is begun may end at once
        }
        isServing = true;
        try {
            while (!waiting.isEmpty()) {
                Iterator<Map.Entry<Waiter, Runnable>> first = waiting.entrySet().iterator();
                Map.Entry<Waiter, Runnable> next = first.next();
                if (isToWait(next.getKey().peer)) {
                    break;
                }
                first.remove();
                begin(next.getKey(), next.getValue());
            }
        } finally {
            isServing = false;
        }
    }

    /** The least that is free, or -1. */
    int next() {
        int number = taken.nextClearBit(0);
        return number < most.getAsInt() ? number : -1;
    }

    /** A lane to the peer has it. */
    void take(int number, int peer) {
        taken.set(number);
        promised.remove(peer);
    }

    /** The attempt to connect to the peer is over. */
    void attemptEnded(int peer) {
        promised.remove(peer);
        serve();
    }

    /** The lane that has it is being drained. */
    void retiring(int number) {
        retiring.set(number);
    }

    /** The lane that had it is destroyed. */
    void free(int number) {
        taken.clear(number);
        retiring.clear(number);
        serve();
    }

    /** Nobody waits any more. */
    void close() {
        isClosed = true;
        waiting.clear();
    }
}
