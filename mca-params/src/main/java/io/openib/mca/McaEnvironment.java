package io.openib.mca;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Parameters in environment variables: {@code OMPI_MCA_name} holds the value of {@code name}. When a variable
 * {@code OMPI_MCA_SOURCE_name} beside it begins with {@code command}, a launcher set it for an option of its own command
 * line, and the value ranks and is shown as one from there.
 */
public final class McaEnvironment {
    /** What every variable that holds a parameter begins with. */
    public static final String PREFIX = "OMPI_MCA_";

    private static final String SOURCE_PREFIX = PREFIX + "SOURCE_";
    private static final String COMMAND_LINE = "COMMAND_LINE";

    private McaEnvironment() {}

    /** The variables by which a launcher hands its own command line's parameters to the processes it starts. */
    public static Map<String, String> ofCommandLine(Map<String, String> parameters) {
        Map<String, String> variables = new TreeMap<>();
        parameters.forEach((name, value) -> {
            variables.put(PREFIX + name, value);
            variables.put(SOURCE_PREFIX + name, COMMAND_LINE);
        });
        return variables;
    }

    /** What the launcher's command line said. */
    static Source commandLineOf(Map<String, String> environment) {
        return read(environment, Origin.Kind.COMMAND_LINE);
    }

    /** What else the environment says. */
    static Source environmentOf(Map<String, String> environment) {
        return read(environment, Origin.Kind.ENVIRONMENT);
    }

    private static Source read(Map<String, String> environment, Origin.Kind kind) {
        List<Setting> settings = new ArrayList<>();
        new TreeMap<>(environment).forEach((variable, value) -> {
            if (!variable.startsWith(PREFIX) || variable.startsWith(SOURCE_PREFIX)) {
                return;
            }
            String name = variable.substring(PREFIX.length());
            boolean isFromCommandLine = environment
                    .getOrDefault(SOURCE_PREFIX + name, "")
                    .toLowerCase(Locale.ROOT)
                    .startsWith("command");
            if (isFromCommandLine == (kind == Origin.Kind.COMMAND_LINE)) {
                settings.add(new Setting(name, value, new Origin(kind, variable)));
            }
        });
        return new Source(true, settings, List.of());
    }
}
