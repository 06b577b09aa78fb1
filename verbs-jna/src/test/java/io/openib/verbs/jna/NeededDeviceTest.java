package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Availability;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests that need a device are not skipped in silence where there has to be one. */
@Timeout(30)
class NeededDeviceTest {
    private static final Availability NONE = Availability.absent("the kernel has no RDMA devices");

    @Test
    void shouldFailWhereADeviceIsNeeded() {
        assertThatThrownBy(() -> RdmaDevice.Condition.evaluate(NONE, true))
                .hasMessageContaining("is needed here: the kernel has no RDMA devices");
        assertThat(RdmaDevice.Condition.evaluate(Availability.usable(), true).isDisabled())
                .isFalse();
    }

    @Test
    void shouldBeSkippedElsewhere() {
        assertThat(RdmaDevice.Condition.evaluate(NONE, false).isDisabled()).isTrue();
    }
}
