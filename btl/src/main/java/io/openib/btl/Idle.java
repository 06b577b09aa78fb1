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

    /** Spins for some microseconds, then yields for half a millisecond, then sleeps, longer and longer up to a millisecond. */
    static Idle backOff() {
        return new BackOff(BackOff.Core.OWN);
    }

    /** See {@link Idle#backOff()}. */
    final class BackOff implements Idle {
        private static final int SPINS = 2_000;

        /**
         * Longer than a peer that has just begun to sleep, since it waits as well, takes to hear: else two that were away once find each other asleep at
         * each message from then on. Where others want the core, a single call may take as long.
         */
        private static final long YIELD_NS = 500_000;

        private static final long MIN_PARK_NS = 20_000;
        private static final long MAX_PARK_NS = 1_000_000;

        private final Core core;
        private int spins;
        private long yieldingSinceNs;
        private long parkNs = MIN_PARK_NS;

        BackOff(Core core) {
            this.core = core;
        }

        @Override
        public void idle(int workDone) {
            if (workDone > 0) {
                spins = 0;
                parkNs = MIN_PARK_NS;
            } else if (spins < SPINS) {
                spin();
            } else if (core.nanoTime() - yieldingSinceNs < YIELD_NS) {
                core.giveAway();
            } else {
                core.park(parkNs);
                parkNs = Math.min(parkNs * 2, MAX_PARK_NS);
            }
        }

        private void spin() {
            core.spin();
            spins++;
            if (spins == SPINS) {
                yieldingSinceNs = core.nanoTime();
            }
        }

        /** What a thread may do with its time. */
        interface Core {
            /** Of the thread that calls. */
            Core OWN = new Core() {};

            default long nanoTime() {
                return System.nanoTime();
            }

            default void spin() {
                Thread.onSpinWait();
            }

            /** To whoever else wants it: with more ranks than cores, that may be who has the next message. */
            @SuppressWarnings("ThreadPriorityCheck")
            default void giveAway() {
                Thread.yield();
            }

            default void park(long ns) {
                LockSupport.parkNanos(ns);
            }
        }
    }
}
