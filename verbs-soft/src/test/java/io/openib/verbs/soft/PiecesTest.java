package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Copies between memory of any kind, order and alignment. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class PiecesTest {
    private static final int BYTES = 128;
    private static final int MOST = 48;

    @Test
    void shouldCopyWhateverOrderTheBuffersAreIn() {
        long seed = new SplittableRandom().nextLong();
        System.out.println("pieces seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] content = new byte[BYTES];
            random.nextBytes(content);
            ByteBuffer from = buffer(random).put(0, content);
            ByteBuffer to = buffer(random);
            int length = random.nextInt(MOST + 1);
            int alignment = random.nextBoolean() ? Long.BYTES : 1;
            int fromOffset = random.nextInt(BYTES - MOST) & -alignment;
            int toOffset = random.nextInt(BYTES - MOST) & -alignment;

            Pieces.copy(from, fromOffset, to, toOffset, length);

            byte[] expected = new byte[BYTES];
            System.arraycopy(content, fromOffset, expected, toOffset, length);
            byte[] found = new byte[BYTES];
            to.get(0, found);
            assertThat(found)
                    .as("%d bytes from %s to %s", length, from.order(), to.order())
                    .isEqualTo(expected);
        }
    }

    private static ByteBuffer buffer(SplittableRandom random) {
        ByteBuffer buffer = random.nextBoolean() ? ByteBuffer.allocateDirect(BYTES) : ByteBuffer.allocate(BYTES);
        return buffer.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldPutSeveralPiecesTogether() {
        Pieces pieces = new Pieces(3);
        ByteBuffer memory = ByteBuffer.allocateDirect(BYTES);
        for (int i = 0; i < BYTES; i++) {
            memory.put(i, (byte) i);
        }
        pieces.add(memory, 3, 5);
        pieces.add(memory, 40, 11);
        pieces.add(memory, 20, 2);
        ByteBuffer to = ByteBuffer.allocateDirect(BYTES);

        pieces.copyTo(to, 1);

        byte[] found = new byte[pieces.totalBytes()];
        to.get(1, found);
        assertThat(Arrays.copyOf(found, 6)).containsExactly(3, 4, 5, 6, 7, 40);
        assertThat(Arrays.copyOfRange(found, 15, 18)).containsExactly(50, 20, 21);

        pieces.setOnly(memory, 9, 2);

        pieces.copyTo(to, 0);
        assertThat(pieces.totalBytes()).isEqualTo(2);
        assertThat(to.get(0)).isEqualTo((byte) 9);
        assertThat(to.get(1)).isEqualTo((byte) 10);
        assertThat(to.get(2)).as("the rest stays").isEqualTo((byte) 4);
    }
}
