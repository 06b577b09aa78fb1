package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangeTest {
    @Test
    void shouldReadPortsAndRanges() {
        assertThat(PortRange.parse("0")).isEqualTo(new PortRange(0, 0)).hasToString("0");
        assertThat(PortRange.parse(" 5000 - 5100 "))
                .isEqualTo(new PortRange(5000, 5100))
                .hasToString("5000-5100");
        assertThat(PortRange.problem("65535")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-1", "x", "65536", "5100-5000", "0-9", "1-65536", "1-2-3", "1-2000000000", "99999999999"})
    void shouldSayWhatIsWrongWithAnythingElse(String wrong) {
        assertThat(PortRange.problem(wrong)).isNotNull();
        assertThatThrownBy(() -> PortRange.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
}
