package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of an object that is destroyed, or is not. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HandleTest {
    private final List<Long> gone = new ArrayList<>();
    private final Handle handle = new Handle("dev0 qp 7", 0x1000);

    @ParameterizedTest
    @ValueSource(ints = {0, Errno.EIO})
    void shouldBeGoneOnceItIsDestroyedOrItsDeviceIsGone(int errno) {
        handle.close("ibv_destroy_qp", address -> errno, gone::add);
        assertThat(handle.isClosed()).isTrue();
        handle.close("ibv_destroy_qp", address -> Errno.EBUSY, gone::add);
        assertThat(gone).containsExactly(0x1000L);
    }

    @Test
    void shouldStayWhenItCannotBeDestroyed() {
        assertThatThrownBy(() -> handle.close("ibv_destroy_qp", address -> Errno.EBUSY, gone::add))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("ibv_destroy_qp on dev0 qp 7: EBUSY");
        assertThat(gone).isEmpty();
        assertThat(handle.address()).isEqualTo(0x1000);
    }
}
