package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ComponentSelectionTest {
    private static final Origin ORIGIN = new Origin(Origin.Kind.ENVIRONMENT, "OMPI_MCA_btl_openib_cpc");
    private static final ComponentNames NAMES = ComponentNames.of("wireup", List.of("oob", "rdmacm", "files"))
            .synonym("rdma_cm", "rdmacm")
            .elsewhere(Set.of("udcm"));

    private static List<String> apply(String text) {
        return ComponentSelection.parse(text).apply(NAMES, ORIGIN);
    }

    @Test
    void shouldTakeAnInclusionInItsOwnOrder() {
        assertThat(apply("rdmacm,oob")).containsExactly("rdmacm", "oob");
        assertThat(apply(" files , oob ")).containsExactly("files", "oob");
    }

    @Test
    void shouldTakeAllButTheExcludedInTheirOrder() {
        assertThat(apply("^rdma_cm")).containsExactly("oob", "files");
        assertThat(apply("^oob,files")).containsExactly("rdmacm");
        assertThat(apply("auto")).containsExactly("oob", "rdmacm", "files");
    }

    @Test
    void shouldTakeAComponentOnceHoweverOftenItIsNamed() {
        assertThat(apply("rdma_cm,rdmacm,rdma_cm")).containsExactly("rdmacm");
    }

    @Test
    void shouldPassOverNamesThatBelongElsewhere() {
        assertThat(apply("udcm,oob")).containsExactly("oob");
        assertThat(apply("^udcm")).containsExactly("oob", "rdmacm", "files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "^", ",", "oob,", ",oob", "oob,^rdmacm", "^^oob", "auto,oob", "^auto", "oob rdmacm", "o^b"})
    void shouldRefuseWhatIsNoSelection(String text) {
        assertThatThrownBy(() -> ComponentSelection.parse(text))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("selection \"" + text + "\" has");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmcm", "^rdmcm", "oob,rdmcm"})
    void shouldListTheKnownNamesForOneThatIsUnknown(String text) {
        assertThatThrownBy(() -> apply(text))
                .isInstanceOf(McaException.class)
                .hasMessage("no wireup is called \"rdmcm\" (environment OMPI_MCA_btl_openib_cpc); "
                        + "there is oob, rdmacm, files; did you mean \"rdmacm\"?");
    }

    @Test
    void shouldTellAllUnknownNamesTogether() {
        assertThatThrownBy(() -> apply("one,oob,two"))
                .isInstanceOfSatisfying(
                        McaException.class,
                        e -> assertThat(e.problems()).extracting(Problem::name).containsExactly("one", "two"));
    }

    @Test
    void shouldReadBackWhatItWrites() {
        for (String text : List.of("a,b", "^a,b", "auto", "a")) {
            assertThat(ComponentSelection.parse(text)).hasToString(text);
        }
    }

    @Test
    void shouldKnowWhatLeavesNone() {
        for (String none : List.of("udcm", "^oob,rdma_cm,files", "^files,oob,rdmacm,udcm,whoever")) {
            assertThat(ComponentSelection.parse(none).leavesNone(NAMES))
                    .as(none)
                    .isTrue();
        }
        for (String some : List.of("auto", "udcm,files", "rdma_cm", "udcm,udmc", "^udcm", "^oob,files")) {
            assertThat(ComponentSelection.parse(some).leavesNone(NAMES))
                    .as(some)
                    .isFalse();
        }
    }
}
