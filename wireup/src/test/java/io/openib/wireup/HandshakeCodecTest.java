package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.wireup.HandshakeMessage.Failure;
import io.openib.wireup.HandshakeMessage.Offer;
import io.openib.wireup.HandshakeMessage.QueuePairEnd;
import io.openib.wireup.HandshakeMessage.Status;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HandshakeCodecTest {
    private static final byte[] SECRET = HexFormat.of().parseHex("00112233445566778899aabbccddeeff".repeat(2));
    private static final HandshakeCodec CODEC = HandshakeCodec.create("job-7", Optional.of(SECRET));

    /** The golden vector of docs/wireup.md. */
    private static final String GOLDEN =
            "4f504e57010000d2000100056a6f622d370002002000000003000000050b0c0d0e1b1c1d1e010203"
                    + "0405060708000000090000000a0003000202010010001400000102fd000000000000010000ffff7f"
                    + "000001001100100000001100abcdef00000012000000010012000c00040008000000010000000300"
                    + "130011502c3132382c3235362c3139322c3132380014001e000000000000300062746c5f6f70656e"
                    + "69625f65616765725f6c696d697400ff00206dbb5cf406c404274f9b441c31cdd55f37ffcca803f7"
                    + "094e6743362acb1109a1";

    static HandshakeMessage ready() {
        var configuration = EffectiveConfiguration.of(
                1, "P,128,256,192,128", Mtu.MTU_1024, Map.of("btl_openib_eager_limit", 12_288L));
        Offer offer = new Offer(
                new PortAddress(0, new Gid(0xfd00_0000_0000_0001L, 0x0000_ffff_7f00_0001L), true),
                2,
                List.of(new QueuePairEnd(0x11, 0xabcdef), new QueuePairEnd(0x12, 1)),
                4,
                8,
                configuration);
        return new HandshakeMessage(
                new PeerName(3),
                new PeerName(5),
                0x0b0c0d0e,
                0x1b1c1d1e,
                0x0102030405060708L,
                9,
                10,
                Status.READY,
                Status.OFFER,
                offer,
                null);
    }

    private static HandshakeMessage failed() {
        return new HandshakeMessage(
                new PeerName(3),
                new PeerName(5),
                4,
                3,
                1,
                0,
                10,
                Status.FAILED,
                Status.NONE,
                null,
                new Failure(WireupFailure.Reason.REFUSED, "no"));
    }

    @Test
    void shouldReadBackWhatItWrites() throws HandshakeFormatException {
        assertThat(CODEC.decode(CODEC.encode(ready()))).isEqualTo(ready());
        assertThat(CODEC.decode(CODEC.encode(failed()))).isEqualTo(failed());
    }

    @Test
    void shouldWriteTheGoldenVector() {
        assertThat(HexFormat.of().formatHex(CODEC.encode(ready()))).isEqualTo(GOLDEN);
    }

    @Test
    void shouldTellTheLengthFromTheHeader() throws HandshakeFormatException {
        byte[] bytes = CODEC.encode(ready());
        assertThat(HandshakeCodec.length(ByteBuffer.wrap(bytes, 0, HandshakeCodec.HEADER_BYTES)))
                .isEqualTo(bytes.length);
    }

    @Test
    void shouldCarryTheLargestSet() throws HandshakeFormatException {
        var sizes = IntStream.range(0, EffectiveConfiguration.MAX_SIZES)
                .boxed()
                .collect(Collectors.toMap(i -> "x".repeat(62) + (char) ('a' + i), i -> Long.MAX_VALUE));
        String queues = "P".repeat(EffectiveConfiguration.MAX_RECEIVE_QUEUES);
        var ends = IntStream.range(0, HandshakeMessage.MAX_QUEUE_PAIRS)
                .mapToObj(i -> new QueuePairEnd(0xffffff, 0xffffff))
                .toList();
        HandshakeMessage like = ready();
        Offer offer = new Offer(
                like.requireOffer().address(),
                255,
                ends,
                255,
                255,
                EffectiveConfiguration.of(Integer.MAX_VALUE, queues, Mtu.MTU_4096, sizes));
        HandshakeMessage large = new HandshakeMessage(
                new PeerName(Integer.MAX_VALUE),
                new PeerName(Integer.MAX_VALUE),
                -1,
                -1,
                -1,
                -1,
                -1,
                Status.OFFER,
                Status.NONE,
                offer,
                null);
        HandshakeCodec codec = HandshakeCodec.create("j".repeat(255), Optional.of(SECRET));
        assertThat(codec.decode(codec.encode(large))).isEqualTo(large);
    }

    @Test
    void shouldRefuseAnotherJobAndAnotherSecret() {
        byte[] bytes = CODEC.encode(ready());
        byte[] other = SECRET.clone();
        other[31] ^= 1;
        assertThatThrownBy(
                        () -> HandshakeCodec.create("job-7", Optional.of(other)).decode(bytes))
                .hasMessageContaining("MAC");
        assertThatThrownBy(() ->
                        HandshakeCodec.create("job-8", Optional.of(SECRET)).decode(bytes))
                .hasMessageContaining("another job");
        assertThatThrownBy(
                        () -> HandshakeCodec.create("job-7", Optional.empty()).decode(bytes))
                .hasMessageContaining("MAC");
    }

    @Test
    void shouldRefuseEveryMessageWithOneBitChanged() {
        byte[] bytes = CODEC.encode(ready());
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            if (bit / 8 == 5) {
                continue; // the reserved byte is covered by the MAC alone
            }
            assertThatThrownBy(() -> CODEC.decode(changed))
                    .as("bit %d", bit)
                    .isInstanceOf(HandshakeFormatException.class);
        }
    }

    @Test
    void shouldRefuseEveryMessageThatIsCutOff() {
        byte[] bytes = CODEC.encode(ready());
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> CODEC.decode(cut)).isInstanceOf(HandshakeFormatException.class);
        }
    }

    @Test
    void shouldSurviveAHolderOfTheSecretThatWritesNonsense() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] fields = Arrays.copyOfRange(CODEC.encode(ready()), 8, 8 + 160);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                fields[random.nextInt(fields.length)] = (byte) random.nextInt();
            }
            try {
                new HandshakeFields.Reader(ByteBuffer.wrap(fields, 0, 1 + random.nextInt(fields.length)))
                        .read(new byte[0]);
            } catch (HandshakeFormatException | IllegalArgumentException | java.nio.BufferUnderflowException expected) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void shouldPassOverAFieldThatMayBePassedOverAndNoOther() throws HandshakeFormatException {
        byte[] job = "job-7".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        ByteBuffer optional = fieldsWith(0x8001);
        assertThat(new HandshakeFields.Reader(optional).read(job)).isEqualTo(ready());
        assertThatThrownBy(() -> new HandshakeFields.Reader(fieldsWith(0x0055)).read(job))
                .hasMessageContaining("later version");
        assertThatThrownBy(() -> new HandshakeFields.Reader(fieldsWith(HandshakeFields.STATUS)).read(job))
                .hasMessageContaining("twice");
    }

    private static ByteBuffer fieldsWith(int type) {
        byte[] bytes = CODEC.encode(ready());
        int length = bytes.length - 8 - 36;
        return ByteBuffer.allocate(length + 6)
                .putShort((short) type)
                .putShort((short) 2)
                .putShort((short) 0x0101)
                .put(bytes, 8, length)
                .flip();
    }

    @Test
    void shouldKeepControlCharactersFromTheTerminal() throws HandshakeFormatException {
        HandshakeMessage nasty = new HandshakeMessage(
                new PeerName(0),
                new PeerName(1),
                0,
                0,
                1,
                1,
                1,
                Status.FAILED,
                Status.NONE,
                null,
                new Failure(WireupFailure.Reason.REFUSED, "a\u001b[2Jb\n"));
        Failure read = CODEC.decode(CODEC.encode(nasty)).failure();
        assertThat(read).isEqualTo(new Failure(WireupFailure.Reason.REFUSED, "a?[2Jb?"));
    }
}
