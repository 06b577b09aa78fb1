package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParameterTableTest {
    @Test
    void shouldListEveryPropertyOfAParameterInItsTable() {
        Parameter<Integer> timeout = Parameter.integer("a_timeout")
                .range(1, 9)
                .unit("ms")
                .defaultValue(2)
                .level(Level.TUNER_BASIC)
                .synonym("a_wait")
                .deprecatedSynonym("a_delay")
                .help("Waits | ends.")
                .build();
        Parameter<List<String>> list = Parameter.list("soft_list")
                .defaultValue(List.of())
                .help("A list.")
                .build();
        assertThat(ParameterTable.markdown(List.of(timeout, list)))
                .isEqualTo(
                        """
                        | name | type | default | level | meaning |
                        | --- | --- | --- | --- | --- |
                        | `a_timeout` | int 1..9 ms | `2` | 4 | Waits \\| ends. Also `a_wait`. Was `a_delay`. |
                        | `soft_list` | list | unset | 9 | A list. |
                        """);
    }

    @Test
    void shouldListNamesWithoutEffectByWhatIsSaidOfThem() {
        assertThat(ParameterTable.markdownWithoutEffect(List.of(
                        NameWithoutEffect.of("a_one", "this | that"),
                        NameWithoutEffect.of("a_two", "other"),
                        NameWithoutEffect.of("a_three_*", "this | that"))))
                .isEqualTo(
                        """
                        | names | why they change nothing |
                        | --- | --- |
                        | `a_one`, `a_three_*` | this \\| that |
                        | `a_two` | other |
                        """);
    }

    @Test
    void shouldListTheMechanismsOwnParametersInTheDocumentation() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("openib.basedir"), "docs", "parameters.md"));
        String table = ParameterTable.markdown(new MechanismParameters().parameters());
        assertThat(page).contains("<!-- mca-params: begin -->\n" + table + "<!-- mca-params: end -->\n");
    }
}
