package io.openib.verbs.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A point in time that a wait does not pass. */
final class Deadline {
    private static final int YIELDS = 100;
    private static final long PARK_NS = 200_000;

    private final long endNs;
    private int pauses;

    private Deadline(long endNs) {
        this.endNs = endNs;
    }

    static Deadline after(long timeoutMs) {
        return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs));
    }

    boolean isOver() {
        return System.nanoTime() - endNs >= 0;
    }

    /** Whether the condition held before the time was over. */
    static boolean await(long timeoutMs, BooleanSupplier condition) {
        Deadline deadline = after(timeoutMs);
        while (!condition.getAsBoolean()) {
            if (deadline.isOver()) {
                return false;
            }
            deadline.pause();
        }
        return true;
    }

    /** Between two looks: leaves the core to others, there may be more processes than cores, and after a while to nobody. */
    @SuppressWarnings("ThreadPriorityCheck")
    void pause() {
        if (pauses < YIELDS) {
            pauses++;
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
    }
}
