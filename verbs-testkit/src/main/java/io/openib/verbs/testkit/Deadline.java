package io.openib.verbs.testkit;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A point in time that a wait does not pass. */
final class Deadline {
    private final long endNs;

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
            pause();
        }
        return true;
    }

    /** Between two looks: leaves the core to others, since there may be more processes than cores. */
    @SuppressWarnings("ThreadPriorityCheck")
    static void pause() {
        Thread.yield();
    }
}
