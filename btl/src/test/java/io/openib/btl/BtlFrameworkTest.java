package io.openib.btl;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BtlFrameworkTest {
    @Test
    void shouldOpenTheSelectedTransportWithItsParameters() {
        BtlFramework framework = load(Map.of("btl", "fake,self", "btl_fake_size", "7"));
        assertThatThrownBy(framework::open).isInstanceOf(BtlException.class).hasMessage("size is 7");
    }

    @Test
    void shouldSayWhichSelectionLeavesNothing() {
        assertThatThrownBy(load(Map.of("btl", "^fake"))::open)
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("btl is \"^fake\"")
                .hasMessageContaining("leaves none; there is fake");
    }

    @Test
    void shouldRefuseATransportThatIsNotThereAndListThoseThatAre() {
        assertThatThrownBy(load(Map.of("btl", "fack"))::open)
                .isInstanceOf(McaException.class)
                .hasMessageContaining("fack")
                .hasMessageContaining("fake");
    }

    @Test
    void shouldRefuseAParameterThatNoTransportHas() {
        assertThatThrownBy(() -> load(Map.of("btl_fake_sise", "1")))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("btl_fake_size");
    }

    private static BtlFramework load(Map<String, String> parameters) {
        return BtlFramework.load(McaParameters.builder().api(parameters));
    }
}
