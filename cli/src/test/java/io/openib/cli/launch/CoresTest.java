package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class CoresTest {
    @Test
    void shouldReadSingleCoresAndRanges() {
        assertThat(Cores.parse("0")).containsExactly(0);
        assertThat(Cores.parse("0-2,5,8-9")).containsExactly(0, 1, 2, 5, 8, 9);
    }

    @Test
    void shouldNeverAllowMoreCoresThanTheVirtualMachineSees() {
        assertThat(Cores.allowed())
                .hasSizeLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
