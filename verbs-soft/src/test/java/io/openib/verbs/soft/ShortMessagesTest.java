package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Copies between memory of any kind, order and alignment and the words of a line. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ShortMessagesTest {
    private static final int BYTES = 128;
    private static final int MOST = 48;
    private static final int WORD = 5;

    private final SplittableRandom random = new SplittableRandom(seed());

    private static long seed() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("ShortMessagesTest seed " + seed);
        return seed;
    }

    private ByteBuffer filled() {
        ByteBuffer buffer = random.nextBoolean() ? ByteBuffer.allocateDirect(BYTES) : ByteBuffer.allocate(BYTES);
        byte[] content = new byte[BYTES];
        random.nextBytes(content);
        buffer.put(0, content).order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        return buffer;
    }

    private static byte[] bytes(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }

    @Test
    void shouldCopyIntoALineAndOutOfItWhateverTheAlignment() {
        for (int i = 0; i < 20_000; i++) {
            ByteBuffer line = ByteBuffer.allocateDirect(BYTES);
            LongBuffer words = Words.of(line);
            ByteBuffer from = filled();
            ByteBuffer to = filled();
            int length = random.nextInt(MOST + 1);
            int fromOffset = random.nextInt(BYTES - length + 1);
            int toOffset = random.nextInt(BYTES - length + 1);
            byte[] message = bytes(from, fromOffset, length);
            byte[] expected = bytes(to, 0, BYTES);
            System.arraycopy(message, 0, expected, toOffset, length);

            ShortMessages.put(random.nextBoolean() ? from : from.asReadOnlyBuffer(), fromOffset, words, WORD, length);
            ShortMessages.get(words, WORD, to, toOffset, length);

            assertThat(bytes(line, WORD * Long.BYTES, length)).isEqualTo(message);
            assertThat(bytes(to, 0, BYTES))
                    .as("%d bytes at %d", length, toOffset)
                    .isEqualTo(expected);
        }
    }

    @Test
    void shouldReadNeighboursAsTheWordTheyAre() {
        ByteBuffer memory = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
        memory.putInt(8, 1).putInt(12, -7);

        assertThat(Words.of(memory).get(1)).isEqualTo(Words.pair(1, -7));
    }
}
