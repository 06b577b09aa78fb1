package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.openib.btl.Btl;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The fast path on a kernel device, through whichever native calls were chosen. */
@Tag("rdma")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class SteadyStateTest {
    private static final int ROUNDS = 5;
    private static final int ROUND_TRIPS = 1_000;

    @Test
    void shouldAllocateNothingInRoundTrips() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        String port = RdmaHost.port().toString();
        try (LocalRanks ranks = new LocalRanks(Map.of("btl_openib_if_include", port))) {
            ranks.exchange();
            Btl one = ranks.rank(0);
            Btl other = ranks.rank(1);
            ByteBuffer data = ByteBuffer.allocateDirect(1_024);
            int[] count = {0};
            other.registerReceive(1, (peer, tag, buffer, offset, length) -> other.send(0, 1, data, 0, length, null, 0));
            one.registerReceive(1, (peer, tag, buffer, offset, length) -> count[0]++);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < ROUND_TRIPS; i++) {
                    int goal = count[0] + 1;
                    one.send(1, 1, data, 0, (i & 15) == 0 ? 1_024 : 8, null, 0);
                    while (count[0] < goal) {
                        one.progress();
                        other.progress();
                    }
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(ranks.errors()).isEmpty();
            assertThat(one.peer(1).device()).isEqualTo(port);
            assertThat(least).as("bytes in " + ROUND_TRIPS + " round trips").isZero();
        }
    }
}
