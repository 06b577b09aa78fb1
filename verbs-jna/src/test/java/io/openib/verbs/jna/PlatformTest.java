package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two processors by the numbers that compilers for them gave, rdma-core 13 to 65; any other is refused. */
@Timeout(60)
class PlatformTest {
    private static final long DEVICE = 0x1000;
    private static final int STDOUT = 1;

    /** An {@code ibv_context} behind the last field of the {@code verbs_context} before it. */
    private static NativeMemory context(int abiCompat, long verbsContextBytes) {
        NativeMemory memory = NativeMemory.ofBytes(512);
        ByteBuffer bytes = memory.bytes();
        bytes.putLong(0, verbsContextBytes).putLong(8, DEVICE);
        bytes.putInt(8 + 264, STDOUT).putInt(8 + 268, STDOUT).putInt(8 + 272, 1);
        bytes.putLong(8 + abiCompat, -1);
        return memory;
    }

    private static void verify(NativeMemory memory, Platform platform) {
        new ContextChecks(memory.address() + 8, platform).verifyLayout(DEVICE);
        memory.keep();
    }

    @ParameterizedTest
    @CsvSource({"Linux, amd64, AMD64", "Linux, x86_64, AMD64", "Linux, aarch64, AARCH64"})
    void shouldAdmitWhatIsKnown(String os, String arch, Platform platform) {
        assertThat(Platform.of(os, arch, ByteOrder.LITTLE_ENDIAN)).isEqualTo(platform);
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, riscv64",
        "Linux, ppc64le",
        "Linux, arm",
        "Linux, i386",
        "Mac OS X, aarch64",
        "Windows 11, amd64"
    })
    void shouldRefuseAnyOtherByName(String os, String arch) {
        assertThatThrownBy(() -> Platform.of(os, arch, ByteOrder.LITTLE_ENDIAN))
                .isInstanceOf(UnsupportedStackException.class)
                .hasMessageContaining(
                        "linux amd64 and aarch64 alone, this is " + os.toLowerCase(Locale.ROOT) + " " + arch + ", ")
                .hasMessageEndingWith("; use the software device here");
    }

    @ParameterizedTest
    @CsvSource({"Linux, amd64", "Linux, aarch64"})
    void shouldRefuseTheOtherByteOrder(String os, String arch) {
        assertThatThrownBy(() -> Platform.of(os, arch, ByteOrder.BIG_ENDIAN)).hasMessageContaining("BIG_ENDIAN");
    }

    @ParameterizedTest
    @CsvSource({"AMD64, 320, 328", "AARCH64, 328, 336"})
    void shouldKnowTheTailOfAContext(Platform platform, int abiCompat, int bytes) {
        assertThat(ContextLayout.abiCompat(platform)).isEqualTo(abiCompat);
        assertThat(ContextLayout.bytes(platform)).isEqualTo(bytes);
    }

    /** The least and the greatest {@code verbs_context} so far: rdma-core 13's and 65's. */
    @ParameterizedTest
    @CsvSource({"AMD64, 320, 496", "AMD64, 320, 696", "AARCH64, 328, 504", "AARCH64, 328, 704"})
    void shouldPassAContextOfItsOwn(Platform platform, int abiCompat, long verbsContextBytes) {
        NativeMemory memory = context(abiCompat, verbsContextBytes);
        assertThatCode(() -> verify(memory, platform)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "AMD64, 328, 696, ibv_context.abi_compat",
        "AMD64, 320, 488, verbs_context.sz",
        "AARCH64, 320, 704, ibv_context.abi_compat",
        "AARCH64, 328, 496, verbs_context.sz"
    })
    void shouldNotBelieveAContextOfAnother(Platform platform, int abiCompat, long verbsContextBytes, String check) {
        NativeMemory memory = context(abiCompat, verbsContextBytes);
        assertThatThrownBy(() -> verify(memory, platform))
                .isInstanceOf(CheckFailure.class)
                .hasMessageStartingWith(check + ": expected ");
    }
}
