package io.openib.wireup.rdmacm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrivateDataTest {
    private static final int REQUEST_BYTES = 56;
    private static final int REPLY_BYTES = 196;
    private static final int REJECTION_BYTES = 148;

    /** Worked out by another program. */
    private static final String GOLDEN_MAC = "2f52ec5c5b37973f9409478f4190163c";

    private static final String GOLDEN_REPLY_MAC = "36a240e5789da1701014556828f528f9";

    private final PrivateData privateData = PrivateData.of(content -> hmac((byte) 1, content), listener(5000));

    private static InetSocketAddress listener(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 7}), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte key, byte[] content) {
        try {
            byte[] secret = new byte[32];
            Arrays.fill(secret, key);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Hello hello(int... qpNumbers) {
        return new Hello(
                0x1234,
                0x5678,
                3,
                0x01020304,
                0x1122334455667788L,
                0,
                0,
                Arrays.stream(qpNumbers).boxed().toList());
    }

    @Test
    void shouldKeepItsBytes() {
        byte[] bytes = privateData.encode(Direction.REQUEST, hello(0xabcdef, 0x010203, 0x040506, 0x070809));
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("4f520204" + "12345678" + "00000003" + "01020304" + "1122334455667788" + GOLDEN_MAC
                        + "010203" + "040506" + "070809" + "000000" + "000000" + "00");
    }

    @Test
    void shouldKeepTheBytesOfAReplyThatTellsTheLastAttempt() {
        Hello told = new Hello(
                0x1234,
                0x5678,
                3,
                0x01020304,
                0x1122334455667788L,
                0,
                0,
                List.of(0xabcdef, 0x010203, 0x040506, 0x070809),
                0x9abc);
        byte[] bytes = privateData.encode(Direction.REPLY, told);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo("4f520204" + "12345678" + "00000003" + "01020304" + "1122334455667788" + GOLDEN_REPLY_MAC
                        + "010203" + "040506" + "070809" + "000000" + "000000" + "9abc" + "00");
        assertThat(privateData.decode(Direction.REPLY, bytes, 0xabcdef)).isEqualTo(told);
    }

    @Test
    void shouldReadARequestOfSixQueuesPadded() {
        Hello told = hello(1, 2, 0xffffff, 4, 5, 6);
        byte[] bytes = privateData.encode(Direction.REQUEST, told);
        assertThat(bytes).hasSize(REQUEST_BYTES);
        assertThat(privateData.decode(Direction.REQUEST, bytes, 1)).isEqualTo(told);
    }

    @Test
    void shouldReadRepliesOfAnyNumberOfQueuesPadded() {
        for (int count = 1; count <= PrivateData.MAX_REPLY_QUEUES; count++) {
            Hello told = hello(IntStream.range(100, 100 + count).toArray());
            byte[] arrived = Arrays.copyOf(privateData.encode(Direction.REPLY, told), REPLY_BYTES);
            assertThat(privateData.decode(Direction.REPLY, arrived, 100)).isEqualTo(told);
        }
    }

    @Test
    void shouldKeepTheQueueOfAnExchangeOfItsOwn() {
        Hello told = new Hello(1, 2, 3, 4, 5, 254, 15, List.of(77));
        byte[] arrived = privateData.encode(Direction.REQUEST, told);
        assertThat(privateData.decode(Direction.REQUEST, arrived, 77)).isEqualTo(told);
    }

    @Test
    void shouldKeepThePortBesideAsManyQueuesAsThereMayBe() {
        for (int count : new int[] {2, PrivateData.MAX_REQUEST_QUEUES, PrivateData.MAX_REPLY_QUEUES}) {
            Hello told = new Hello(1, 2, 3, 4, 5, 254, 0, Collections.nCopies(count, 0xffffff));
            byte[] arrived = privateData.encode(Direction.REPLY, told);
            assertThat(privateData.decode(Direction.REPLY, arrived, 0xffffff)).isEqualTo(told);
        }
    }

    @Test
    void shouldReadARejectionPaddedAndCutItsText() {
        Rejection told = new Rejection(RejectionReason.CONFIGURATION, hello(9), "x".repeat(500));
        byte[] arrived = Arrays.copyOf(privateData.encodeRejection(hello(9), told), REJECTION_BYTES);
        Rejection read = requireNonNull(privateData.decodeRejection(arrived, 9));
        assertThat(read.reason()).isEqualTo(RejectionReason.CONFIGURATION);
        assertThat(read.about().attempt()).isEqualTo(0x1234);
        assertThat(read.text()).isEqualTo("x".repeat(106));
    }

    @Test
    void shouldRefuseAnyChangedByte() {
        byte[] bytes = privateData.encode(Direction.REQUEST, hello(1, 2));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 0x20;
            assertThat(privateData.decode(Direction.REQUEST, bytes, 1))
                    .as("byte %d", i)
                    .isNull();
            bytes[i] ^= 0x20;
        }
        assertThat(privateData.decode(Direction.REQUEST, bytes, 1)).isNotNull();
    }

    @Test
    void shouldRefuseAnotherDirectionAnotherNumberAndAnotherSecret() {
        byte[] bytes = privateData.encode(Direction.REQUEST, hello(1, 2));
        assertThat(privateData.decode(Direction.REPLY, bytes, 1)).isNull();
        assertThat(privateData.decode(Direction.REQUEST, bytes, 2)).isNull();
        PrivateData stranger = PrivateData.of(content -> hmac((byte) 2, content), listener(5000));
        assertThat(stranger.decode(Direction.REQUEST, bytes, 1)).isNull();
    }

    @Test
    void shouldRefuseWhatIsForAnotherListener() {
        PrivateData other = PrivateData.of(content -> hmac((byte) 1, content), listener(5001));
        byte[] bytes = privateData.encode(Direction.REQUEST, hello(1, 2));
        assertThat(other.decode(Direction.REQUEST, bytes, 1)).isNull();
        Rejection told = new Rejection(RejectionReason.REFUSED, hello(9), "no");
        assertThat(other.decodeRejection(privateData.encodeRejection(hello(9), told), 9))
                .isNull();
    }

    @Test
    void shouldTakeTheKernelsOwnRejectionForNone() {
        assertThat(privateData.decodeRejection(new byte[REJECTION_BYTES], 1)).isNull();
        assertThat(privateData.decodeRejection(new byte[0], 1)).isNull();
    }

    @Test
    void shouldRefuseRandomBytes() {
        long seed = System.nanoTime();
        System.out.println("PrivateDataTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 41) {
                bytes[0] = 0x4f;
                bytes[1] = 0x52;
                bytes[2] = PrivateData.VERSION;
                bytes[3] = (byte) random.nextInt(20);
                bytes[40] = (byte) random.nextInt(9);
            }
            assertThat(privateData.decode(Direction.REQUEST, bytes, 1)).isNull();
            assertThat(privateData.decodeRejection(bytes, 1)).isNull();
        }
    }
}
