package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.ReceiveHandler;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.verbs.soft.SoftProvider;
import io.openib.wireup.oob.OobComponent;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Round trips once everything is connected and warm, over a device of the tests and over the software device. */
@Timeout(60)
class AllocationTest {
    private static final int ROUNDS = 5;
    private static final int ROUND_TRIPS = 100_000;
    private static final int BYTES = 4_096;
    private static final int MOST = 1_024;
    private static final int OFFSET = 17;

    private static Ranks ranks(String device) {
        Rank rank = Rank.of();
        Rank used = "soft".equals(device) ? rank.on(new SoftProvider()).with(new OobComponent()) : rank;
        return new Ranks(new TestJob(2), Collections.nCopies(2, used));
    }

    /** A message: what was put into the buffer and flipped, or all of a buffer. */
    private static ByteBuffer buffer(String kind) {
        ByteBuffer data = "heap".equals(kind) ? ByteBuffer.allocate(BYTES) : ByteBuffer.allocateDirect(BYTES);
        return "whole".equals(kind) ? data : data.put(new byte[OFFSET + MOST]).flip();
    }

    @ParameterizedTest
    @CsvSource({"loop, whole", "loop, flipped", "loop, heap", "soft, whole", "soft, flipped", "soft, heap"})
    void shouldAllocateNothingInTheSteadyState(String device, String kind) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Ranks ranks = ranks(device)) {
            Btl one = ranks.rank(0);
            Btl other = ranks.rank(1);
            int[] count = {0};
            int[] refusals = {0};
            ByteBuffer data = buffer(kind);
            ReceiveHandler answer = (peer, tag, buffer, offset, length) -> {
                if ((count[0] & 1) == 0) {
                    other.send(peer, 1, data, OFFSET, length, null, 0);
                } else {
                    other.sendImmediate(peer, 1, data, OFFSET, length);
                }
            };
            ReceiveHandler arrived = (peer, tag, buffer, offset, length) -> count[0]++;
            CompletionHandler completed = (cookie, status) -> {};
            other.registerReceive(1, answer);
            one.registerReceive(1, arrived);
            one.onRoom(peer -> refusals[0]++);
            other.onRoom(peer -> refusals[0]++);
            one.connect(1);
            ranks.until(() -> one.isConnected(1) && other.isConnected(0));
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < ROUND_TRIPS; i++) {
                    int goal = count[0] + 1;
                    one.send(1, 1, data, OFFSET, (i & 15) == 0 ? MOST : 8, (i & 1) == 0 ? completed : null, i);
                    while (count[0] < goal) {
                        one.progress();
                        other.progress();
                    }
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(one.peer(1).device()).isEqualTo(device + "0:1");
            assertThat(least).isZero();
            assertThat(refusals[0]).isZero();
        }
    }

    @Test
    void shouldSendWhatLiesBeyondALimitAndChangeNeitherLimitNorPosition() {
        try (Ranks ranks = ranks("loop")) {
            List<Byte> heard = new ArrayList<>();
            ranks.rank(1)
                    .registerReceive(
                            1, (peer, tag, bytes, offset, length) -> heard.add(bytes.get(offset + length - 1)));
            ByteBuffer data = ByteBuffer.allocate(BYTES).put(9, (byte) 9).put(10, (byte) 10);
            data.limit(10).position(3);
            assertThat(ranks.rank(0).send(1, 1, data, 8, 2, null, 0)).isEqualTo(BtlStatus.OK);
            assertThat(ranks.rank(0).send(1, 1, data, 8, 3, null, 0)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard.size() == 2);
            assertThat(ranks.rank(0).sendImmediate(1, 1, data, 8, 3)).isEqualTo(BtlStatus.OK);
            ranks.until(() -> heard.size() == 3);
            assertThat(heard).containsExactly((byte) 9, (byte) 10, (byte) 10);
            assertThat(data.position()).isEqualTo(3);
            assertThat(data.limit()).isEqualTo(10);
        }
    }
}
