package io.openib.btl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class MemoryHandleTest {
    private static final MemoryHandle HANDLE = MemoryHandle.of(
            77, 1L << 40, List.of(new MemoryHandle.Key(0, -1, Long.MIN_VALUE), new MemoryHandle.Key(7, 3, 4096)));

    @Test
    void shouldComeBackFromItsPortableFormWhateverTheBuffersOrder() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(100).order(ByteOrder.LITTLE_ENDIAN);
        buffer.position(3);
        HANDLE.encode(buffer);
        assertThat(buffer.position()).isEqualTo(3 + HANDLE.byteLength());
        buffer.position(3);
        assertThat(MemoryHandle.decode(buffer)).isEqualTo(HANDLE);
        assertThat(buffer.position()).isEqualTo(3 + HANDLE.byteLength());
    }

    @Test
    void shouldHaveThisVeryForm() {
        byte[] form = HANDLE.toBytes();
        assertThat(form).startsWith(3, 2, 0, 0, 0, 0, 0, 77).hasSize(48);
        assertThat(ByteBuffer.wrap(form).getLong(8)).isEqualTo(1L << 40);
        assertThat(ByteBuffer.wrap(form).getInt(36)).isEqualTo(3);
    }

    @Test
    void shouldCarryAsManyKeysAsThereMayBeAndNoMoreBytesThanItsKeysNeed() {
        for (int count = 1; count <= MemoryHandle.MAX_KEYS; count++) {
            MemoryHandle handle = MemoryHandle.of(
                    1,
                    8,
                    IntStream.range(0, count)
                            .mapToObj(i -> new MemoryHandle.Key(i, i + 100, i << 12))
                            .toList());
            byte[] form = handle.toBytes();
            assertThat(form).hasSize(16 + 16 * count).hasSizeLessThanOrEqualTo(MemoryHandle.MAX_BYTES);
            assertThat(MemoryHandle.of(form)).isEqualTo(handle);
            byte[] cut = Arrays.copyOf(form, form.length - 1);
            assertThatThrownBy(() -> MemoryHandle.of(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(MemoryHandle.MAX_BYTES).isEqualTo(16 + 16 * MemoryHandle.MAX_KEYS);
    }

    @Test
    void shouldRefuseGarbage() {
        for (int count = 0; count < 256; count++) {
            byte[] form = Arrays.copyOf(HANDLE.toBytes(), MemoryHandle.MAX_BYTES);
            form[1] = (byte) count;
            boolean isValid = count >= 1 && count <= MemoryHandle.MAX_KEYS;
            if (isValid) {
                assertThat(MemoryHandle.of(form).keyCount()).isEqualTo(count);
            } else {
                assertThatThrownBy(() -> MemoryHandle.of(form)).isInstanceOf(IllegalArgumentException.class);
            }
        }
        byte[] ofNobody = HANDLE.toBytes();
        ofNobody[4] = -1;
        assertThatThrownBy(() -> MemoryHandle.of(ofNobody)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MemoryHandle.of(new byte[31])).isInstanceOf(IllegalArgumentException.class);
    }
}
