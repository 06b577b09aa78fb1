package io.openib.verbs.soft;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The operations of live peers that were under way when something of this process's was taken away from them. It is given back once
 * each of them has ended, or its peer has died, and not before: a peer may write to it until then. One that is stopped in the midst of
 * an operation, by a debugger or with its virtual machine, stands there for as long as that lasts. So nobody waits longer than for one
 * that runs: from then on the device thread looks.
 */
final class GracePeriod implements DeviceThread.Chore {
    private static final long WAIT_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long FIRST_LOOK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LOOK_EVERY_NS = TimeUnit.SECONDS.toNanos(1);

    private final List<Operation> underWay = new ArrayList<>();
    private final Runnable giveBack;

    /** When the device thread looks; each time after twice as long, since a look asks the system whether the peer lives. */
    private long dueNs;

    private long distanceNs = FIRST_LOOK_NS;

    /** An operation of the peer of a queue pair, by the odd sequence that tells it. */
    private record Operation(RcQp qp, long sequence) {
        boolean isOver() {
            return qp.peerOperation() != sequence || !qp.isPeerAlive();
        }
    }

    private GracePeriod(QueuePairTable table, Predicate<SoftQp> isUser, Runnable giveBack) {
        this.giveBack = giveBack;
        for (SoftQp qp : table.all()) {
            if (qp instanceof RcQp rc && isUser.test(rc)) {
                add(new Operation(rc, rc.peerOperation()));
            }
        }
    }

    private void add(Operation operation) {
        if ((operation.sequence & 1) != 0) {
            underWay.add(operation);
        }
    }

    /**
     * Gives back what peers do not find any more: before this returns if they let it, else on the device thread. Who calls has waited by
     * {@link LateStores#await}, so that each operation that may still touch it is seen.
     *
     * @param isUser whether the peer of a queue pair can be at work on it; a closed one counts until it is given back itself
     */
    static void end(SoftAdapter adapter, Predicate<SoftQp> isUser, Runnable giveBack) {
        GracePeriod period = new GracePeriod(adapter.queuePairs(), isUser, giveBack);
        long startNs = System.nanoTime();
        while (!period.isOver()) {
            long nowNs = System.nanoTime();
            if (nowNs - startNs >= WAIT_NS) {
                period.goOnAfter(nowNs);
                adapter.deviceThread().later(period);
                return;
            }
            Thread.yield();
        }
        giveBack.run();
    }

    private boolean isOver() {
        underWay.removeIf(Operation::isOver);
        return underWay.isEmpty();
    }

    private void goOnAfter(long nowNs) {
        dueNs = nowNs + distanceNs;
        distanceNs = Math.min(2 * distanceNs, LOOK_EVERY_NS);
    }

    @Override
    public boolean isDone() {
        long nowNs = System.nanoTime();
        if (nowNs - dueNs < 0) {
            return false;
        }
        boolean isOver = isOver();
        if (isOver) {
            giveBack.run();
        } else {
            goOnAfter(nowNs);
        }
        return isOver;
    }

    @Override
    public long againNs() {
        return Math.max(0, dueNs - System.nanoTime());
    }
}
