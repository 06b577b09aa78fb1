package io.openib.wireup.testkit;

import io.openib.wireup.ControlExecutor;

/**
 * Tells how much of an attempt's deadline has gone. Its timers are of the control thread, as those of a scheme are, which run in
 * the order in which they are due: so a machine that is busy, or slow, makes nothing late that is not.
 */
final class DeadlineWatch {
    /** What may pass between a deadline and what is told of it. */
    static final int SLACK_MS = 500;

    private final ControlExecutor control;
    private final int deadlineMs;
    private volatile Moment moment = Moment.EARLY;

    private DeadlineWatch(ControlExecutor control, int deadlineMs) {
        this.control = control;
        this.deadlineMs = deadlineMs;
    }

    /** Begins as soon as the control thread comes to it, before what it is given after this. Any thread. */
    static DeadlineWatch begin(ControlExecutor control, int deadlineMs) {
        DeadlineWatch watch = new DeadlineWatch(control, deadlineMs);
        control.execute(watch::start);
        return watch;
    }

    private void start() {
        at(deadlineMs / 2L, Moment.IN_TIME);
        at(deadlineMs + (long) SLACK_MS, Moment.IN_TWO);
        at(2L * deadlineMs + SLACK_MS, Moment.LATE);
    }

    private void at(long delayMs, Moment next) {
        control.schedule(delayMs, () -> moment = next);
    }

    /** By now. Any thread. */
    Moment moment() {
        return moment;
    }
}
