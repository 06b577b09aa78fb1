package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.WireupEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OpenibBtlTest {
    /** Both per-peer and shared receives. */
    @Test
    void shouldSufferNoHandlerThatChangesWhatItIsGiven() {
        try (Ranks ranks = new Ranks(2)) {
            List<Long> heard = new ArrayList<>();
            ranks.rank(1).registerReceive(1, (peer, tag, data, offset, length) -> {
                heard.add(data.getLong(offset + length - 8));
                data.order(
                                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                                        ? ByteOrder.LITTLE_ENDIAN
                                        : ByteOrder.BIG_ENDIAN)
                        .limit(1);
            });
            ByteBuffer data = ByteBuffer.allocate(4_096).order(ByteOrder.nativeOrder());
            List<Long> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int length = i % 2 == 0 ? 64 : 4_096;
                data.putLong(length - 8, i);
                sent.add((long) i);
                ranks.until(() -> ranks.rank(0).send(1, 1, data, 0, length, null, 0) == BtlStatus.OK);
            }
            ranks.until(() -> heard.size() == 100);
            assertThat(heard).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    @Test
    void shouldSendTheFirstMessageOverAConnectionMadeForIt() {
        try (Ranks ranks = new Ranks(2)) {
            List<String> heard = new ArrayList<>();
            List<WireupEvent> events = new ArrayList<>();
            List<Integer> completions = new ArrayList<>();
            ranks.rank(0).onWireup(events::add);
            ranks.rank(1)
                    .registerReceive(
                            7,
                            (peer, tag, data, offset, length) -> heard.add(peer + ":" + tag + ":"
                                    + StandardCharsets.UTF_8.decode(
                                            data.duplicate().position(offset).limit(offset + length))));
            ByteBuffer hello = ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8));
            assertThat(ranks.rank(0).send(1, 7, hello, 0, 5, (cookie, status) -> completions.add(status), 3))
                    .isEqualTo(BtlStatus.OK);
            ranks.until(() -> !heard.isEmpty() && !completions.isEmpty());
            assertThat(heard).containsExactly("0:7:hello");
            assertThat(completions).containsExactly(BtlStatus.OK);
            assertThat(events).singleElement().satisfies(event -> {
                assertThat(event.isConnected()).isTrue();
                assertThat(event.wireup()).isEqualTo("oob");
                assertThat(event.device()).isEqualTo("loop0:1");
                assertThat(event.tried()).containsExactly("oob: connected");
            });
        }
    }

    @Test
    void shouldDeliverEveryLengthUnchangedAndInOrderWithinAQueue() {
        long seed = System.nanoTime();
        System.out.println("OpenibBtlTest seed " + seed);
        Random random = new Random(seed);
        int count = 3000;
        int[] lengths =
                random.ints(count, 0, 70_000).map(i -> i > 65_536 ? i % 200 : i).toArray();
        try (Ranks ranks = new Ranks(2)) {
            int[] heard = {0};
            int[] lastOfQueue = {-1, -1, -1, -1};
            ranks.rank(1).registerReceive(0, (peer, tag, data, offset, length) -> {
                int number = length < 4 ? -1 : data.getInt(offset);
                for (int i = 4; i < length; i++) {
                    if (data.get(offset + i) != (byte) (number + i)) {
                        throw new AssertionError("byte " + i + " of message " + number);
                    }
                }
                if (number >= 0) {
                    int queue = length <= 128 ? 0 : length <= 2048 ? 1 : length <= 12288 ? 2 : 3;
                    assertThat(number).isGreaterThan(lastOfQueue[queue]);
                    lastOfQueue[queue] = number;
                    assertThat(length).isEqualTo(lengths[number]);
                }
                heard[0]++;
            });
            ByteBuffer data = ByteBuffer.allocateDirect(65_536).order(java.nio.ByteOrder.nativeOrder());
            int[] completed = {0};
            for (int number = 0; number < count; number++) {
                if (lengths[number] >= 4) {
                    data.putInt(0, number);
                    for (int i = 4; i < lengths[number]; i++) {
                        data.put(i, (byte) (number + i));
                    }
                }
                int code;
                do {
                    code = ranks.rank(0)
                            .send(1, 0, data, 0, lengths[number], (cookie, status) -> completed[0]++, number);
                    ranks.rank(0).progress();
                    ranks.rank(1).progress();
                } while (code == BtlStatus.BACK_PRESSURE);
                assertThat(code).isEqualTo(BtlStatus.OK);
            }
            ranks.until(() -> heard[0] == count && completed[0] == count);
            assertThat(ranks.rank(1).counters()).containsEntry("callback_failures", 0L);
            assertThat(completed[0]).isEqualTo(count);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BIG_ENDIAN", "LITTLE_ENDIAN"})
    void shouldSendShortMessagesFromBuffersOfEitherOrder(String order) {
        byte[] pattern = new byte[64];
        new Random(order.length()).nextBytes(pattern);
        ByteBuffer data = ByteBuffer.allocateDirect(64)
                .put(0, pattern)
                .order("BIG_ENDIAN".equals(order) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        List<byte[]> heard = new ArrayList<>();
        try (Ranks ranks = new Ranks(2)) {
            ranks.rank(1).registerReceive(0, (peer, tag, from, offset, length) -> {
                byte[] message = new byte[length];
                from.get(offset, message);
                heard.add(message);
            });
            for (int length = 0; length <= 40; length++) {
                int sent = length + 1;
                assertThat(ranks.rank(0).send(1, 0, data, 3, length, null, 0)).isEqualTo(BtlStatus.OK);
                ranks.until(() -> heard.size() == sent);
                assertThat(heard.get(length)).isEqualTo(Arrays.copyOfRange(pattern, 3, 3 + length));
            }
        }
    }

    @Test
    void shouldRefuseByName() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            ByteBuffer data = ByteBuffer.allocate(70_000);
            assertThat(btl.send(2, 0, data, 0, 1, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.send(-1, 0, data, 0, 1, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.send(1, 256, data, 0, 1, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.send(1, 0, data, 69_999, 2, null, 0)).isEqualTo(BtlStatus.INVALID);
            assertThat(btl.send(1, 0, data, 0, 65_537, null, 0)).isEqualTo(BtlStatus.TOO_LONG);
            assertThat(btl.sendImmediate(1, 0, data, 0, 1)).isEqualTo(BtlStatus.NOT_CONNECTED);
            ranks.until(() -> btl.isConnected(1));
            assertThat(btl.sendImmediate(1, 0, data, 0, 1)).isEqualTo(BtlStatus.OK);
        }
    }
}
