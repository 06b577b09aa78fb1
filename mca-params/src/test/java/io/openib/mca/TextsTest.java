package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TextsTest {
    @Test
    void shouldFillInHelpTextsAndRefuseFieldsThatDoNotFit() {
        HelpTexts texts = HelpTexts.read(new ByteArrayInputStream(
                "no-device = No {device} on {host}; \\\n    correct {device}.\n".getBytes(StandardCharsets.UTF_8)));
        assertThat(texts.topics()).containsExactly("no-device");
        assertThat(texts.text("no-device", Map.of("device", "$1{host}", "host", "n1")))
                .isEqualTo("No $1{host} on n1; correct $1{host}.");
        List<Map<String, String>> wrong = new ArrayList<>();
        wrong.add(Map.of("device", "a"));
        wrong.add(Map.of("device", "a", "host", "b", "port", "c"));
        for (Map<String, String> values : wrong) {
            assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> texts.text("no-device", values)))
                    .hasMessageContaining("[device, host]");
        }
        assertThat(catchThrowableOfType(IllegalArgumentException.class, () -> texts.fields("other")))
                .hasMessageContaining("other");
    }

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
    void shouldListTheMechanismsOwnParametersInTheDocumentation() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("openib.basedir"), "docs", "parameters.md"));
        String table = ParameterTable.markdown(new MechanismParameters().parameters());
        assertThat(page).contains("<!-- mca-params: begin -->\n" + table + "<!-- mca-params: end -->\n");
    }
}
