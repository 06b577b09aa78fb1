package io.openib.btl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Two threads that wait for each other's messages, in a time of their own. */
class IdleTest {
    /** What these take on a virtual machine whose host is busy; of a sleep, beyond what was asked for. */
    private static final long ROUND_NS = 50;

    private static final long YIELD_NS = 300;
    private static final long WAKING_NS = 600_000;

    private static final long WORK_NS = 1_000;
    private static final int EXCHANGES = 500;
    private static final int FIRST_EXCHANGES = 5;

    /** One of the two. */
    private static final class Waiter implements Idle.BackOff.Core {
        private final Idle idle = new Idle.BackOff(this);
        private long nowNs;
        private long messageAtNs = Long.MAX_VALUE;
        private int sleeps;

        @Override
        public long nanoTime() {
            return nowNs;
        }

        @Override
        public void spin() {
            nowNs += ROUND_NS;
        }

        @Override
        public void giveAway() {
            nowNs += YIELD_NS;
        }

        @Override
        public void park(long ns) {
            nowNs += ns + WAKING_NS;
            sleeps++;
        }

        /** Whether there was a message, which is answered then. */
        boolean progress(Waiter peer) {
            boolean isThere = messageAtNs <= nowNs;
            if (isThere) {
                messageAtNs = Long.MAX_VALUE;
                nowNs += WORK_NS;
                peer.messageAtNs = nowNs;
            }
            idle.idle(isThere ? 1 : 0);
            return isThere;
        }
    }

    private final Waiter one = new Waiter();
    private final Waiter other = new Waiter();

    private void exchange(int count) {
        int done = 0;
        while (done < count) {
            Waiter next = one.nowNs <= other.nowNs ? one : other;
            done += next.progress(next == one ? other : one) ? 1 : 0;
        }
    }

    @Test
    void shouldSleepSoonWhereNothingComes() {
        while (one.sleeps == 0) {
            one.idle.idle(0);
        }
        assertThat(one.nowNs).isLessThan(1_000_000 + WAKING_NS);
        long beforeNs = one.nowNs;
        while (one.sleeps < 100) {
            one.idle.idle(0);
        }
        assertThat((one.nowNs - beforeNs) / 99).as("a sleep").isBetween(500_000L, 1_000_000L + WAKING_NS);
    }

    @Test
    void shouldFindEachOtherAwakeAgainAfterOneWasAway() {
        one.messageAtNs = 10_000_000;
        exchange(FIRST_EXCHANGES);
        assertThat(one.sleeps).as("before the first message").isPositive();
        long beforeNs = one.nowNs;

        one.sleeps = 0;
        other.sleeps = 0;
        exchange(EXCHANGES);

        assertThat(one.sleeps + other.sleeps).isZero();
        assertThat((one.nowNs - beforeNs) / EXCHANGES).as("an exchange").isLessThan(2 * WORK_NS);
    }
}
