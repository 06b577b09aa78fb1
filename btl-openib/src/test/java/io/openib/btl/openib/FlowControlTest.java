package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlStatus;
import io.openib.btl.openib.loop.LoopFabric;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FlowControlTest {
    private static final int MANY = 20_000;

    /** Receive queues from generous to the least that there can be. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "P,128,256,192,128:S,65536,64",
                "P,128,8,6,4,1:S,65536,64",
                "P,128,2,1,1,1:S,65536,64",
                "P,128,1,0,1,1:S,65536,64",
                "P,64,4,3,2,1:P,65536,2,1,1,1",
                "P,128,8,0,8,1:S,65536,64",
                "P,128,64,32:S,65536,64"
            })
    void shouldNeverFindAPerPeerQueueEmptyNorStandStill(String queues) {
        long rnrBefore = LoopFabric.rnrPerPeer();
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", queues)) {
            int[] heard = {0, 0};
            ByteBuffer data = ByteBuffer.allocateDirect(256);
            for (int rank = 0; rank < 2; rank++) {
                int self = rank;
                ranks.rank(rank).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[self]++);
            }
            int[] sent = {0, 0};
            ranks.until(() -> {
                // One way only at first, then both ways, then the other way.
                if (sent[0] < MANY && ranks.rank(0).send(1, 1, data, 0, sent[0] % 100, null, 0) == BtlStatus.OK) {
                    sent[0]++;
                }
                if (sent[0] > MANY / 2
                        && sent[1] < MANY
                        && ranks.rank(1).send(0, 1, data, 0, sent[1] % 100, null, 0) == BtlStatus.OK) {
                    sent[1]++;
                }
                return heard[0] == MANY && heard[1] == MANY;
            });
            assertThat(ranks.rank(1).counters().get("credit_messages")).isPositive();
        }
        assertThat(LoopFabric.rnrPerPeer()).isEqualTo(rnrBefore);
    }

    @Test
    void shouldReturnCreditsByMessagesOfTheirOwnWhenNothingGoesBack() {
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", "P,128,16,12,8:S,65536,64")) {
            int[] heard = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ByteBuffer data = ByteBuffer.allocate(8);
            int[] sent = {0};
            ranks.until(() -> {
                if (sent[0] < 1600 && ranks.rank(0).send(1, 1, data, 0, 8, null, 0) == BtlStatus.OK) {
                    sent[0]++;
                }
                return heard[0] == 1600;
            });
            assertThat(ranks.rank(1).counters().get("credit_messages")).isBetween(100L, 400L);
        }
    }

    @Test
    void shouldWaitForASharedQueueThatIsExhaustedAndLetItGrow() {
        long rnrBefore = LoopFabric.rnr();
        try (Ranks ranks = new Ranks(2, "btl_openib_receive_queues", "P,64,16:S,4096,64,48,32,8,4")) {
            int[] heard = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ByteBuffer data = ByteBuffer.allocate(4096);
            ranks.rank(0).connect(1);
            ranks.until(() -> ranks.rank(0).isConnected(1) && ranks.rank(1).isConnected(0));
            int sent = 0;
            // The receiver sleeps: eight receives, and twenty messages that want one.
            for (int i = 0; i < 20; i++) {
                assertThat(ranks.rank(0).send(1, 1, data, 0, 4096, null, 0)).isEqualTo(BtlStatus.OK);
                ranks.rank(0).progress();
                sent++;
            }
            int total = sent;
            ranks.until(() -> heard[0] == total);
            assertThat(LoopFabric.rnr()).as("%s", ranks.rank(0).counters()).isGreaterThan(rnrBefore);
            assertThat(ranks.rank(1).counters().get("shared_growths")).isPositive();
        }
    }

    @Test
    void shouldSayBackPressureWhenTooMuchWaitsAndLoseNothingThatWasAccepted() {
        try (Ranks ranks = new Ranks(2, "btl_openib_pending_sends", "16")) {
            int[] heard = {0};
            int[] completed = {0};
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ByteBuffer data = ByteBuffer.allocate(8);
            int accepted = 0;
            int code = BtlStatus.OK;
            // Nobody makes progress, so there is no connection yet.
            while (code == BtlStatus.OK) {
                code = ranks.rank(0).send(1, 1, data, 0, 8, (cookie, status) -> completed[0]++, accepted);
                accepted += code == BtlStatus.OK ? 1 : 0;
            }
            assertThat(code).isEqualTo(BtlStatus.BACK_PRESSURE);
            assertThat(accepted).isEqualTo(16);
            ranks.until(() -> heard[0] == 16 && completed[0] == 16);
        }
    }

    @Test
    void shouldLetReceiveHandlersAnswerWithoutEverCallingThemAgainFromWithin() {
        try (Ranks ranks = new Ranks(2)) {
            int[] heard = {0};
            boolean[] isWithin = {false};
            ByteBuffer data = ByteBuffer.allocate(8);
            for (int rank = 0; rank < 2; rank++) {
                int self = rank;
                ranks.rank(rank).registerReceive(1, (peer, tag, buffer, offset, length) -> {
                    assertThat(isWithin[0]).isFalse();
                    isWithin[0] = true;
                    heard[0]++;
                    assertThat(ranks.rank(self).progress()).isZero();
                    assertThat(ranks.rank(self).send(peer, 1, data, 0, 8, null, 0))
                            .isEqualTo(BtlStatus.OK);
                    isWithin[0] = false;
                });
            }
            for (int i = 0; i < 5; i++) {
                assertThat(ranks.rank(0).send(1, 1, data, 0, 8, null, 0)).isEqualTo(BtlStatus.OK);
            }
            ranks.until(() -> heard[0] > 10_000);
            assertThat(ranks.rank(0).counters()).containsEntry("callback_failures", 0L);
            assertThat(ranks.rank(1).counters()).containsEntry("callback_failures", 0L);
            ranks.rank(0).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
            ranks.rank(1).registerReceive(1, (peer, tag, buffer, offset, length) -> heard[0]++);
        }
    }
}
