package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;

/** A rank with queue pairs of the software device is killed. */
class KilledRankTest extends KilledRankCases {
    KilledRankTest() {
        super(Openib.LIGHT);
    }

    @Override
    protected void awaitAttempt(long pid) {}

    @Override
    protected void afterwards(long victim) {
        assertThat(ProcessHandle.of(victim).filter(ProcessHandle::isAlive)).isEmpty();
    }
}
