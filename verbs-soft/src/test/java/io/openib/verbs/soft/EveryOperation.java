package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Every kind of operation, many times, while packets meet all faults that a connection survives. */
final class EveryOperation {
    static final String[] FAULTS = {
        "soft_fault_lose", "0.1",
        "soft_fault_delay", "0.1",
        "soft_fault_duplicate", "0.1",
        "soft_fault_reorder", "0.1",
        "soft_fault_rnr", "0.1",
        "soft_fault_delay_us", "500"
    };
    static final List<SoftCounter> COUNTERS = List.of(
            SoftCounter.FAULT_LOST,
            SoftCounter.FAULT_DELAYED,
            SoftCounter.FAULT_DUPLICATED,
            SoftCounter.FAULT_REORDERED,
            SoftCounter.FAULT_RNR);

    private static final int ROUNDS = 100;
    private static final int BYTES = 300;
    private static final int COUNTER = 32_768;

    private EveryOperation() {}

    /** Each is carried out once and in order: bytes, completions, and the count that atomics leave. */
    static void assertOnce(End initiator, End target) {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = new byte[BYTES];
            ByteBuffer.wrap(bytes).putInt(0, round).putInt(BYTES - Integer.BYTES, ~round);
            initiator.write(0, bytes);
            target.postRecv(0, BYTES);
            initiator.post(Send.send(1, initiator.region().part(0, BYTES)));
            initiator.post(Send.write(2, initiator.region().part(0, BYTES), target.region(), 1024));
            initiator.post(Send.read(3, initiator.region().part(4096, BYTES), target.region(), 1024));
            initiator.post(Send.fetchAndAdd(4, initiator.region().part(8192, Long.BYTES), target.region(), COUNTER, 1));
            List<Wc> done = initiator.awaitSends(4);
            assertThat(done).extracting(Wc::status).containsOnly(WcStatus.SUCCESS);
            assertThat(done).extracting(Wc::wrId).containsExactly(1L, 2L, 3L, 4L);
            assertThat(target.awaitRecv(WcStatus.SUCCESS).byteLength()).isEqualTo(BYTES);
            assertThat(target.read(0, BYTES)).isEqualTo(bytes);
            assertThat(initiator.read(4096, BYTES)).isEqualTo(bytes);
        }
        assertThat(ByteBuffer.wrap(target.read(COUNTER, Long.BYTES))
                        .order(ByteOrder.nativeOrder())
                        .getLong())
                .isEqualTo(ROUNDS);
        initiator.assertNothingCompleted();
        target.assertNothingCompleted();
    }
}
