package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import java.util.Collections;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices that do not tell how much inline data they take, as those of hardware. */
@Timeout(60)
class InlineDataTest {
    /** 188 bytes are asked for, then 94, 47, 23, 11, and none: with the header of 8 bytes. */
    @ParameterizedTest
    @CsvSource({
        "-1, 1024, 180",
        "-1, 188, 180",
        "-1, 187, 86",
        "-1, 100, 86",
        "-1, 9, -1",
        "-1, 0, -1",
        "64, 1024, 56",
        "0, 1024, -1"
    })
    void shouldSendInlineAsMuchAsTheDeviceTakes(int wanted, int taken, int longest) {
        Rank rank = Rank.of("btl_openib_max_inline_data", Integer.toString(wanted))
                .on(new LoopFabric().refusesInlineBeyond(taken));
        try (Ranks ranks = new Ranks(new TestJob(2), Collections.nCopies(2, rank))) {
            int[] heard = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ranks.rank(0).connect(1);
            ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
            ByteBuffer data = ByteBuffer.allocate(200);
            for (int length = 0; length <= 200; length++) {
                int sent = length + 1;
                assertThat(ranks.rank(0).send(1, 1, data, 0, length, null, 0)).isEqualTo(BtlStatus.OK);
                ranks.until(() -> heard[0] == sent);
            }
            assertThat(ranks.rank(0).counters()).containsEntry("sends_inline", longest + 1L);
            assertThat(ranks.rank(0).counters()).containsEntry("sends_copied", 200L - longest);
        }
    }
}
