package io.openib.verbs.soft.cm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.ConnectionParameters;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmCodecTest {
    private static final Offer OFFER = new Offer(
            0x1122334455667788L,
            new Gid(0xfd01020304050607L, 0x1f90ffff7f000001L),
            9,
            Mtu.MTU_2048,
            0xabcdef,
            new ConnectionParameters(new byte[] {1, 2, 3}, 4, 5, 6, 7, true, 0x123456));

    static byte[] bytes(CmMessage message) {
        ByteBuffer frame = CmCodec.encode(message);
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    @Test
    void shouldKeepItsBytes() {
        assertThat(HexFormat.of().formatHex(bytes(new CmMessage.Request(OFFER))))
                .isEqualTo("4f42434d0100002b" + "1122334455667788" + "fd01020304050607" + "1f90ffff7f000001" + "0009"
                        + "04" + "01" + "00abcdef" + "00123456" + "04050607" + "010203");
    }

    @Test
    void shouldReadWhatItWroteByteByByte() throws CmCodec.MalformedFrameException {
        ByteBuffer frame = CmCodec.encode(new CmMessage.Reply(OFFER));
        for (int limit = 0; limit < frame.limit(); limit++) {
            ByteBuffer part = frame.duplicate().limit(limit);
            assertThat(CmCodec.decode(part)).isNull();
            assertThat(part.position()).isZero();
        }
        CmMessage message = CmCodec.decode(frame);
        assertThat(message).isInstanceOf(CmMessage.Reply.class);
        Offer offer = ((CmMessage.Reply) requireNonNull(message)).offer();
        assertThat(offer.gid()).isEqualTo(OFFER.gid());
        assertThat(offer.psn()).isEqualTo(OFFER.psn());
        assertThat(offer.parameters()).usingRecursiveComparison().isEqualTo(OFFER.parameters());
        assertThat(frame.hasRemaining()).isFalse();
    }

    @Test
    void shouldRefuseValuesThatNobodySends() {
        for (int position : new int[] {0, 3, 4, 5, 34, 36, 40}) {
            ByteBuffer frame = CmCodec.encode(new CmMessage.Request(OFFER));
            frame.put(position, (byte) 0x7f);
            assertThatThrownBy(() -> CmCodec.decode(frame))
                    .as("byte %d", position)
                    .isInstanceOf(CmCodec.MalformedFrameException.class);
        }
    }

    @Test
    void shouldEndWithAnAnswerForAnyBytes() {
        long seed = System.nanoTime();
        System.out.println("CmCodecTest seed " + seed);
        Random random = new Random(seed);
        int messages = 0;
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            if (bytes.length >= 8) {
                buffer.putInt(0, CmCodec.MAGIC).put(4, (byte) 1).put(5, (byte) random.nextInt(8));
                buffer.putShort(6, (short) random.nextInt(60));
            }
            try {
                messages += CmCodec.decode(buffer) == null ? 0 : 1;
            } catch (CmCodec.MalformedFrameException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThat(messages).isPositive();
    }
}
