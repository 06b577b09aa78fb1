package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class PayloadTest {
    private static final int LENGTH = 200;
    private static final int OFFSET = 24;

    private final Payload payload = new Payload(LENGTH);
    private final ByteBuffer message = ByteBuffer.allocate(LENGTH).order(ByteOrder.nativeOrder());
    private final ByteBuffer arrived = ByteBuffer.allocate(OFFSET + LENGTH).order(ByteOrder.nativeOrder());

    private void deliver() {
        payload.write(message, LENGTH, 3, 5, 77);
        arrived.put(OFFSET, message, 0, LENGTH);
    }

    @Test
    void shouldTellWhoSentWhatToWhom() {
        deliver();

        assertThat(payload.isIntact(arrived, OFFSET, LENGTH)).isTrue();
        assertThat(Payload.origin(arrived, OFFSET)).isEqualTo(3);
        assertThat(Payload.target(arrived, OFFSET)).isEqualTo(5);
        assertThat(Payload.number(arrived, OFFSET)).isEqualTo(77);
        assertThat(Messages.problem(payload, 3, 5, arrived, OFFSET, LENGTH)).isNull();
        assertThat(Messages.problem(payload, 4, 5, arrived, OFFSET, LENGTH))
                .contains("from rank 3", "came from rank 4");
    }

    @Test
    void shouldNoticeEachChangedBit() {
        for (int bit = 0; bit < LENGTH * Byte.SIZE; bit++) {
            deliver();
            int at = OFFSET + bit / Byte.SIZE;
            arrived.put(at, (byte) (arrived.get(at) ^ 1 << bit % Byte.SIZE));

            assertThat(payload.isIntact(arrived, OFFSET, LENGTH))
                    .as("bit %d", bit)
                    .isFalse();
        }
    }

    @Test
    void shouldNoticeAMessageThatWasCutShort() {
        deliver();

        assertThat(payload.isIntact(arrived, OFFSET, LENGTH - 1)).isFalse();
        assertThat(payload.isIntact(arrived, OFFSET, Payload.HEADER_BYTES - 1)).isFalse();
    }

    @Test
    void shouldFindTheFirstDifferenceFromAPattern() {
        long seed = System.nanoTime();
        int at = new Random(seed).nextInt(LENGTH);
        Payload.fill(message, 0, LENGTH, seed);
        assertThat(Payload.mismatch(message, 0, LENGTH, seed))
                .as("seed %d", seed)
                .isEqualTo(-1);

        message.put(at, (byte) ~message.get(at));
        assertThat(Payload.mismatch(message, 0, LENGTH, seed))
                .as("seed %d", seed)
                .isEqualTo(at);
    }
}
