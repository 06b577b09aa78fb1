package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.VerbsException;
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
}
