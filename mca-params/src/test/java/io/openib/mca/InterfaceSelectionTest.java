package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which devices and ports lists of names leave. */
@Timeout(60)
class InterfaceSelectionTest {
    private static final List<String> KNOWN = List.of("hca0", "hca0:1", "hca0:2", "hca1", "hca1:1");

    private static InterfaceSelection selection(String name, String value) {
        List<Parameter<?>> declared = List.of(
                Parameter.list("include").defaultValue(List.of()).help("in").build(),
                Parameter.list("exclude").defaultValue(List.of()).help("out").build());
        return InterfaceSelection.of(McaParameters.of(Map.of(name, value), declared), "include", "exclude");
    }

    @Test
    void shouldLeaveEverythingWhenNothingIsNamed() {
        InterfaceSelection all = selection("include", "");
        assertThat(all.isSet()).isFalse();
        assertThat(all.whyWithout("hca0")).isEmpty();
        assertThat(all.whyWithout("hca0", 1)).isEmpty();
    }

    @Test
    void shouldOpenADeviceForOneOfItsPorts() {
        InterfaceSelection one = selection("include", "hca0:2");
        assertThat(one.whyWithout("hca0")).isEmpty();
        assertThat(one.whyWithout("hca0", 2)).isEmpty();
        assertThat(one.whyWithout("hca0", 1))
                .hasValueSatisfying(why -> assertThat(why).startsWith("left out by include = hca0:2 ("));
        assertThat(one.whyWithout("hca1")).isPresent();
    }

    @Test
    void shouldLeaveOutWhatIsExcluded() {
        InterfaceSelection others = selection("exclude", "hca0:1,hca1");
        assertThat(others.whyWithout("hca0")).isEmpty();
        assertThat(others.whyWithout("hca0", 1)).isPresent();
        assertThat(others.whyWithout("hca0", 2)).isEmpty();
        assertThat(others.whyWithout("hca1"))
                .hasValueSatisfying(why -> assertThat(why).startsWith("left out by exclude = hca0:1,hca1 ("));
        assertThat(others.whyWithout("hca1", 1)).isPresent();
    }

    @Test
    void shouldRefuseAnInclusionOfNothingThatIsHere() {
        assertThat(selection("include", "hca0,hca1:1").verify(KNOWN)).isEmpty();
        assertThatThrownBy(() -> selection("include", "hca2,hca1:2,hca2").verify(KNOWN))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("2 problems")
                .hasMessageContaining("no device or port is called \"hca2\" (API)")
                .hasMessageContaining("no device or port is called \"hca1:2\" (API)")
                .hasMessageContaining("hca0, hca0:1");
    }

    @Test
    void shouldOnlyTellOfOtherNamesOfNothing() {
        assertThat(selection("include", "hca2,hca1").verify(KNOWN))
                .singleElement()
                .asString()
                .startsWith("include: no device or port is called \"hca2\" (API); there is hca0, hca0:1, ")
                .endsWith("did you mean \"hca0\"?");
        assertThat(selection("exclude", "hca2,mlx5_0:1").verify(KNOWN))
                .hasSize(2)
                .allMatch(sentence -> sentence.startsWith("exclude: no device or port is called "));
    }

    @Test
    void shouldNotMissAPortOfADeviceThatNobodyHasLookedInto() {
        assertThat(selection("exclude", "hca0,hca0:1").verify(List.of("hca0", "hca1", "hca1:1")))
                .isEmpty();
        assertThat(selection("include", "hca0:1").verify(List.of("hca0"))).isEmpty();
        assertThat(selection("exclude", "hca1:2").verify(List.of("hca0", "hca1", "hca1:1")))
                .hasSize(1);
    }
}
