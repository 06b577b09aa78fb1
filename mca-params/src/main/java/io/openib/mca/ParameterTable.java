package io.openib.mca;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Parameters as a Markdown table, for the documentation and for a test that compares it with the parameters declared:
 * whoever adds a parameter or changes a default must then say so in the page as well.
 */
public final class ParameterTable {
    private static final String HEAD = "| name | type | default | level | meaning |\n| --- | --- | --- | --- | --- |\n";

    private ParameterTable() {}

    /** The table, a line for each parameter in the order given, ending with a line break. */
    public static String markdown(Collection<? extends Parameter<?>> parameters) {
        return parameters.stream().map(ParameterTable::row).collect(Collectors.joining("", HEAD, ""));
    }

    /** Another table: names that have no effect, a line for those of which the same is said. */
    public static String markdownWithoutEffect(Collection<NameWithoutEffect> names) {
        StringBuilder table = new StringBuilder("| names | why they change nothing |\n| --- | --- |\n");
        Map<String, List<NameWithoutEffect>> groups = names.stream()
                .collect(Collectors.groupingBy(NameWithoutEffect::why, LinkedHashMap::new, Collectors.toList()));
        groups.forEach((why, group) -> table.append("| ")
                .append(group.stream().map(name -> '`' + name.name() + '`').collect(Collectors.joining(", ")))
                .append(" | ")
                .append(why.replace("|", "\\|"))
                .append(" |\n"));
        return table.toString();
    }

    private static String row(Parameter<?> parameter) {
        List<String> cells = List.of(
                "`" + parameter.name() + "`",
                typeOf(parameter),
                defaultOf(parameter),
                Integer.toString(parameter.level().number()),
                parameter.help()
                        + namesOf("Also", parameter.synonyms())
                        + namesOf("Was", parameter.deprecatedSynonyms()));
        return cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String typeOf(Parameter<?> parameter) {
        return parameter.typeName()
                + (parameter.typeName().equals("enum") ? ": " + String.join(", ", parameter.choices()) : "")
                + parameter.range().map(range -> " " + range).orElse("")
                + parameter.unit().map(unit -> " " + unit).orElse("");
    }

    private static <T> String defaultOf(Parameter<T> parameter) {
        String text = parameter.format(parameter.defaultValue());
        return text.isEmpty() ? "unset" : "`" + text + "`";
    }

    private static String namesOf(String word, List<String> names) {
        return names.isEmpty() ? "" : names.stream().collect(Collectors.joining("`, `", " " + word + " `", "`."));
    }
}
