package io.openib.btl;

import java.util.concurrent.locks.LockSupport;

/**
 * What a thread does between two calls of {@link Btl#progress()} that found nothing to do. One per thread. It must not wait for long: what
 * peers send wakes nobody. A call of another thread does, if this one is parked ({@link LockSupport#park()} and its like).
 *
 * <pre>{@code
 * Idle idle = Idle.backOff();
 * while (!done) {
 *     idle.idle(btl.progress());
 * }
 * }</pre>
 */
@FunctionalInterface
public interface Idle {
    /**
     * Waits a little, or not.
     *
     * @param workDone what {@code progress()} returned
     */
    void idle(int workDone);

    /** Never gives the core away: for the lowest latency, with a core for each rank. */
    static Idle spin() {
        return workDone -> {
            if (workDone <= 0) {
                Thread.onSpinWait();
            }
        };
    }

    /** Spins for some microseconds, then yields, then sleeps, longer and longer up to a millisecond. */
    static Idle backOff() {
        return new BackOff();
    }

    /** See {@link Idle#backOff()}. */
    final class BackOff implements Idle {
        private static final int SPINS = 2_000;
        private static final int YIELDS = SPINS + 200;
        private static final long MIN_PARK_NS = 20_000;
        private static final long MAX_PARK_NS = 1_000_000;

        private int idleCalls;
        private long parkNs = MIN_PARK_NS;

        private BackOff() {}

        @Override
        @SuppressWarnings("ThreadPriorityCheck") // With more ranks than cores, the next message needs this core.
        public void idle(int workDone) {
            if (workDone > 0) {
                idleCalls = 0;
                parkNs = MIN_PARK_NS;
            } else if (idleCalls < SPINS) {
                idleCalls++;
                Thread.onSpinWait();
            } else if (idleCalls < YIELDS) {
                idleCalls++;
                Thread.yield();
            } else {
                LockSupport.parkNanos(parkNs);
                parkNs = Math.min(parkNs * 2, MAX_PARK_NS);
            }
        }
    }
}
