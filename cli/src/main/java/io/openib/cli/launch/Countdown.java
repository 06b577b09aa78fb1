package io.openib.cli.launch;

import java.util.concurrent.TimeUnit;

/** From a job's first failure to the last resort. By one thread. */
final class Countdown {
    /** How long ranks may go on once one has failed. */
    static final long GRACE_MS = 3_000;
    /** How long they may take to end when told to. */
    static final long TERMINATION_MS = 2_000;
    /** How long the kernel may take to end what was killed: a large process has much to give back. */
    static final long LAST_MS = 10_000;

    private static final long IDLE_WAIT_MS = 3_600_000;

    private Step next = Step.NONE;
    private long deadlineNs;

    /** What is to be done next. */
    enum Step {
        NONE,
        TERMINATION,
        KILL,
        LEAVE,
        OVER
    }

    void begin() {
        set(Step.TERMINATION, GRACE_MS);
    }

    /** All were killed already. Said again, it puts nothing off. */
    void skipToTheLast() {
        if (next != Step.LEAVE && next != Step.OVER) {
            set(Step.LEAVE, LAST_MS);
        }
    }

    private void set(Step step, long waitMs) {
        next = step;
        deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    }

    /** Until {@link #advance} is to be called. */
    long waitMs() {
        return next == Step.NONE
                ? IDLE_WAIT_MS
                : Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()) + 1);
    }

    /** The wait is over; what is to be done now. */
    Step advance() {
        Step due = next;
        switch (due) {
            case TERMINATION -> set(Step.KILL, TERMINATION_MS);
            case KILL -> set(Step.LEAVE, LAST_MS);
            case LEAVE -> set(Step.OVER, 0);
            default -> {}
        }
        return due;
    }

    /** Whether nobody is waited for any more. */
    boolean isOver() {
        return next == Step.OVER;
    }
}
