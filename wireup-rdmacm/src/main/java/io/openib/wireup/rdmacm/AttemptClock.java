package io.openib.wireup.rdmacm;

import io.openib.wireup.ControlExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The time that an attempt has. It runs while the attempt is under way and stands while that waits in line. Control thread
 * only.
 */
final class AttemptClock {
    /** What is left when {@link Owner#onLate()} is told, as a fraction of the whole: a probe that succeeds takes microseconds. */
    private static final int LATE_FRACTION = 4;

    /** Hears how the time goes by. */
    interface Owner {
        /** Little is left: whatever else could decide the attempt is to be tried now. */
        void onLate();

        /** Nothing is left. */
        void onTimeOver();
    }

    private final ControlExecutor control;
    private final long wholeNs;
    private final Owner owner;
    private long leftNs;
    private long sinceNs;
    private boolean isInLine;
    private @Nullable Runnable late;
    private @Nullable Runnable over;

    AttemptClock(ControlExecutor control, long deadlineMs, Owner owner) {
        this.control = control;
        this.wholeNs = TimeUnit.MILLISECONDS.toNanos(deadlineMs);
        this.leftNs = wholeNs;
        this.owner = owner;
    }

    /** The attempt has to wait for its turn. */
    void onInLine() {
        isInLine = true;
        if (over != null) {
            leftNs = Math.max(0, leftNs - (control.nanoTime() - sinceNs));
            stop();
        }
    }

    /**
     * The attempt has its turn, which it keeps until it is over. Having waited for it, it has the whole deadline again:
     * that happens once, so that all together it is never under way for more than two.
     */
    void onTurn() {
        if (isInLine) {
            leftNs = wholeNs;
        }
        run();
    }

    /** The attempt is under way, if by a request of the peer's. */
    void run() {
        isInLine = false;
        if (over != null) {
            return;
        }
        sinceNs = control.nanoTime();
        long toLateNs = leftNs - wholeNs / LATE_FRACTION;
        if (toLateNs > 0) {
            late = control.schedule(TimeUnit.NANOSECONDS.toMillis(toLateNs), owner::onLate);
        }
        over = control.schedule(TimeUnit.NANOSECONDS.toMillis(leftNs), owner::onTimeOver);
    }

    /** What is left; 0 when it does not run. */
    long leftMs() {
        long left = over == null ? 0 : leftNs - (control.nanoTime() - sinceNs);
        return TimeUnit.NANOSECONDS.toMillis(Math.max(0, left));
    }

    /** Whether little is left. */
    boolean isLate() {
        return leftMs() <= TimeUnit.NANOSECONDS.toMillis(wholeNs) / LATE_FRACTION;
    }

    /** It is not needed for now. */
    void stop() {
        if (late != null) {
            late.run();
            late = null;
        }
        if (over != null) {
            over.run();
            over = null;
        }
    }
}
