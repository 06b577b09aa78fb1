package io.openib.btl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
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
        assertThat(buffer.position()).isEqualTo(3 + MemoryHandle.BYTES);
        buffer.position(3);
        assertThat(MemoryHandle.decode(buffer)).isEqualTo(HANDLE);
        assertThat(buffer.position()).isEqualTo(3 + MemoryHandle.BYTES);
    }

    @Test
    void shouldHaveThisVeryForm() {
        byte[] form = HANDLE.toBytes();
        assertThat(form).startsWith(2, 2, 0, 0, 0, 0, 0, 77).hasSize(MemoryHandle.BYTES);
        assertThat(ByteBuffer.wrap(form).getLong(8)).isEqualTo(1L << 40);
        assertThat(ByteBuffer.wrap(form).getInt(36)).isEqualTo(3);
    }

    @Test
    void shouldRefuseGarbage() {
        for (int count = 0; count < 256; count++) {
            byte[] form = HANDLE.toBytes();
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
        assertThatThrownBy(() -> MemoryHandle.of(new byte[63])).isInstanceOf(IllegalArgumentException.class);
    }
}
