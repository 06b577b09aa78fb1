package io.openib.runtime;

import java.util.concurrent.TimeUnit;

/** A point in time before which something must have happened; immutable. */
record Deadline(long atNs, long timeoutMs) {

    static Deadline after(long timeoutMs) {
        return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs), timeoutMs);
    }

    long remainingNs() {
        return Math.max(0, atNs - System.nanoTime());
    }

    /** What is left, rounded up, so that a wait for it does not end before the deadline. */
    long remainingMs() {
        return TimeUnit.NANOSECONDS.toMillis(remainingNs() + TimeUnit.MILLISECONDS.toNanos(1) - 1);
    }

    boolean hasPassed() {
        return remainingNs() == 0;
    }
}
