package io.openib.btl.openib.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.openib.wire.ModexMessage.FormatException;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import io.openib.verbs.GidType;
import io.openib.wireup.SchemeOffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class ModexMessageTest {
    private static final ModexMessage MESSAGE = new ModexMessage(
            "node-ä",
            1L << 40,
            "P,128,256",
            65536,
            List.of(
                    new PortContact(
                            "mlx",
                            1024,
                            "mlx5_0",
                            2,
                            0,
                            true,
                            5,
                            List.of(
                                    new SchemeOffer("oob", 255, new byte[0]),
                                    new SchemeOffer("rdmacm", 0, new byte[255])),
                            new Gid(0xfe80L << 48, -1),
                            false,
                            200_000,
                            0,
                            Optional.of(GidType.IB)),
                    new PortContact(
                            "soft",
                            64,
                            "soft0",
                            1,
                            255,
                            false,
                            3,
                            List.of(),
                            Gid.ZERO,
                            true,
                            0,
                            24,
                            Optional.of(GidType.ROCE_V2))));

    private static final ModexMessage MESSAGE_OF_ONE =
            new ModexMessage("h", 1, "q", 2, MESSAGE.ports().subList(1, 2));

    @Test
    void shouldComeBackAsItWas() throws Exception {
        assertThat(ModexMessage.decode(MESSAGE.encode())).isEqualTo(MESSAGE);
    }

    @Test
    void shouldRefuseEveryTruncation() {
        byte[] whole = MESSAGE.encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> ModexMessage.decode(part)).isInstanceOf(FormatException.class);
        }
    }

    @Test
    void shouldSurviveGarbage() {
        long seed = System.nanoTime();
        System.out.println("ModexMessageTest seed " + seed);
        Random random = new Random(seed);
        byte[] whole = MESSAGE.encode();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = whole.clone();
            for (int j = random.nextInt(8); j >= 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                ModexMessage.decode(bytes);
            } catch (FormatException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void shouldNameTheVersionThatItDoesNotKnow() {
        byte[] bytes = MESSAGE.encode();
        bytes[4] = 9;
        assertThatThrownBy(() -> ModexMessage.decode(bytes)).hasMessageContaining("version 9");
    }

    @ParameterizedTest
    @CsvSource({"1, 24", "2, 0"})
    void shouldReadAPortThatAnEarlierVersionWroteWithoutWhatCameLast(int missing, int subnetBits) throws Exception {
        byte[] bytes = MESSAGE_OF_ONE.encode();
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - missing);
        int portAt = 4 + 1 + 1 + 8 + 3 + 3 + 4;
        shorter[portAt + 1] -= (byte) missing;
        PortContact read = ModexMessage.decode(shorter).ports().get(0);
        assertThat(read.gidType()).isEmpty();
        assertThat(read.subnetBits()).isEqualTo(subnetBits);
        assertThat(read.speedMbps()).isEqualTo(MESSAGE_OF_ONE.ports().get(0).speedMbps());
    }

    @Test
    void shouldTakeATypeOfGidThatALaterVersionKnowsForNone() throws Exception {
        byte[] bytes = MESSAGE_OF_ONE.encode();
        bytes[bytes.length - 1] = (byte) 200;
        assertThat(ModexMessage.decode(bytes).ports().get(0).gidType()).isEmpty();
    }

    @Test
    void shouldReadAPortThatALaterVersionAddedTo() throws Exception {
        ModexMessage one = MESSAGE_OF_ONE;
        byte[] bytes = one.encode();
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 3);
        int portAt = 4 + 1 + 1 + 8 + 3 + 3 + 4;
        longer[portAt + 1] = (byte) (longer[portAt + 1] + 3);
        assertThat(ModexMessage.decode(longer)).isEqualTo(one);
    }
}
