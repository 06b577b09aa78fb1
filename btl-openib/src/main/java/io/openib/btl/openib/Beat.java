package io.openib.btl.openib;

import io.openib.wireup.ControlExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Tells the owner some times in each interval of keepalives that it is time to look at the clock, so that it does so by time, however
 * often it calls, and reads no clock for it. Of the control thread.
 */
final class Beat {
    private static final int BEATS_PER_INTERVAL = 8;

    private final ControlExecutor control;
    private final long periodMs;
    private final Runnable due;

    private Beat(ControlExecutor control, long periodMs, Runnable due) {
        this.control = control;
        this.periodMs = periodMs;
        this.due = due;
    }

    /** Beats until the control thread ends; not at all for an interval of 0. */
    static void begin(ControlExecutor control, long intervalNs, Runnable due) {
        if (intervalNs > 0) {
            long periodMs = TimeUnit.NANOSECONDS.toMillis(intervalNs / BEATS_PER_INTERVAL);
            new Beat(control, Math.max(1, periodMs), due).next();
        }
    }

    private void next() {
        control.schedule(periodMs, this::beat);
    }

    private void beat() {
        due.run();
        next();
    }
}
