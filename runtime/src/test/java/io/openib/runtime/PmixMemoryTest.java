package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The structures of {@code pmix_common.h}, by what {@code sizeof} and {@code offsetof} say of release 4.2.2. */
@Timeout(60)
class PmixMemoryTest {
    private static final Function MALLOC = NativeLibrary.getProcess().getFunction("malloc");

    /** As the library makes a value, which is then freed. */
    private static Pointer value(int type, @Nullable Pointer data, long length) {
        Pointer value = MALLOC.invokePointer(new Object[] {32L});
        value.clear(32);
        value.setShort(0, (short) type);
        value.setPointer(8, data);
        value.setLong(16, length);
        return value;
    }

    private static Pointer bytes(String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        Pointer bytes = MALLOC.invokePointer(new Object[] {(long) ascii.length + 1});
        bytes.write(0, ascii, 0, ascii.length);
        bytes.setByte(ascii.length, (byte) 0);
        return bytes;
    }

    @Test
    void shouldLayOutAProcess() {
        Memory self = PmixMemory.process();
        self.setString(0, "job-1");
        Memory peer = PmixMemory.process(self, PmixMemory.ANY_RANK);
        assertThat(peer.size()).isEqualTo(260);
        assertThat(PmixMemory.namespace(peer)).isEqualTo("job-1");
        assertThat(peer.getInt(256)).isEqualTo(-2);
        assertThat(PmixMemory.rank(PmixMemory.process(self, 7))).isEqualTo(7);
    }

    @Test
    void shouldLayOutADirective() {
        Memory info = PmixMemory.flag("pmix.collect");
        assertThat(info.size()).isEqualTo(552);
        assertThat(info.getString(0)).isEqualTo("pmix.collect");
        assertThat(info.getInt(512)).isZero();
        assertThat(info.getShort(520)).isEqualTo((short) 1);
        assertThat(info.getByte(528)).isEqualTo((byte) 1);
    }

    @Test
    void shouldLayOutBytesAndTakeThemBack() throws Exception {
        Memory copy = PmixMemory.copyOf(new byte[] {4, 5});
        Memory own = PmixMemory.value(copy, 2);
        assertThat(own.size()).isEqualTo(32);
        assertThat(own.getShort(0)).isEqualTo((short) 27);
        assertThat(own.getPointer(8).getByteArray(0, 2)).containsExactly(4, 5);
        assertThat(own.getLong(16)).isEqualTo(2);
        assertThat(PmixMemory.takeBytes(value(27, bytes("abc"), 2))).containsExactly('a', 'b');
        assertThat(PmixMemory.takeBytes(value(27, null, 0))).isEmpty();
        copy.close();
    }

    @Test
    void shouldTakeTextAndNumbers() throws Exception {
        assertThat(PmixMemory.takeText(value(3, bytes("0,1"), 0))).contains("0,1");
        assertThat(PmixMemory.takeText(value(3, null, 0))).isEmpty();
        assertThat(PmixMemory.takeNumber(value(14, Pointer.createConstant(70_000), 0)))
                .isEqualTo(70_000);
    }

    @Test
    void shouldNotTakeOneForAnother() {
        assertThat(PmixMemory.takeText(value(14, Pointer.createConstant(1), 0))).isEmpty();
        assertThatThrownBy(() -> PmixMemory.takeNumber(value(3, null, 0))).hasMessageContaining("no number (3)");
        assertThatThrownBy(() -> PmixMemory.takeBytes(value(14, Pointer.createConstant(1), 0)))
                .hasMessageContaining("not bytes (14)");
    }
}
