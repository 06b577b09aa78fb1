package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.VerbsException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DeviceChecksTest {
    @Test
    void shouldUseInfiniBandAndRoceAlone() {
        assertThatCode(() -> DeviceChecks.verifyTransport("mlx5_0", 0)).doesNotThrowAnyException();
        assertThatThrownBy(() -> DeviceChecks.verifyTransport("irdma0", 1))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("irdma0")
                .hasMessageContaining("its transport is iWARP, not InfiniBand or RoCE");
        assertThatThrownBy(() -> DeviceChecks.verifyTransport("efa0", 6)).hasMessageContaining("of type 6");
    }

    @Test
    void shouldRefuseALibraryWithoutItsLocks() {
        String mlx5 = "/usr/lib/libibverbs/libmlx5-rdmav34.so";
        Map<String, String> without = Map.of("MLX5_SINGLE_THREADED", "1");
        assertThatThrownBy(() -> DeviceChecks.verifyLocks("mlx5_0", mlx5, without))
                .isInstanceOf(VerbsException.class)
                .hasMessageContaining("mlx5_0")
                .hasMessageContaining("MLX5_SINGLE_THREADED=1")
                .hasMessageContaining(mlx5)
                .hasMessageContaining("unset it");
        assertThatCode(() -> DeviceChecks.verifyLocks("mlx4_0", "/usr/lib/libmlx4-rdmav34.so", without))
                .doesNotThrowAnyException();
        assertThatCode(() -> DeviceChecks.verifyLocks("mlx5_0", mlx5, Map.of("MLX5_SINGLE_THREADED", "0")))
                .doesNotThrowAnyException();
    }

    @Test
    void shouldSayThatAConnectionManagerIsTooOld() {
        SharedLibrary library = SharedLibrary.open("libm.so.6");
        Symbols required = Symbols.of(library, "rdma_", Rdmacm.class);
        assertThatThrownBy(() -> RdmacmLibrary.verifyComplete(required, library, "librdmacm.so.1"))
                .isInstanceOf(UnsupportedStackException.class)
                .hasMessageContaining("rdma_init_qp_attr")
                .hasMessageContaining("rdma_establish")
                .hasMessageContaining("rdma-core 23 or later")
                .hasMessageContaining("btl_openib_cpc to oob");
    }
}
