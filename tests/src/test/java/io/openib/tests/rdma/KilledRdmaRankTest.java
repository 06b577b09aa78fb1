package io.openib.tests.rdma;

import io.openib.tests.faults.KilledRankCases;
import java.util.Set;
import org.junit.jupiter.api.Tag;

/** A rank with queue pairs of a kernel device is killed. */
@Tag("rdma")
@Tag("faults")
class KilledRdmaRankTest extends KilledRankCases {
    private final Set<String> ownerless = RdmaHost.ownerless();

    KilledRdmaRankTest() {
        super(RdmaHost.environment());
    }

    @Override
    protected void awaitAttempt(long pid) {
        RdmaHost.awaitQueuePairsOf(pid);
    }

    @Override
    protected void afterwards(long victim) {
        RdmaHost.assertNothingIsHeldBy(victim, ownerless);
    }
}
