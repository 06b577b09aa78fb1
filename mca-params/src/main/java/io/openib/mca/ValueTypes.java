package io.openib.mca;

import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The types that a parameter can have. */
final class ValueTypes {
    private static final Set<String> TRUE_WORDS = Set.of("true", "t", "enabled", "yes", "y");
    private static final Set<String> FALSE_WORDS = Set.of("false", "f", "disabled", "no", "n");

    static final ValueType<Integer> INTEGER = new ValueType<>(
            "int", Numbers::parseInt, value -> Integer.toString(value), Comparator.naturalOrder(), List.of());
    static final ValueType<Long> LONG_INTEGER = new ValueType<>(
            "long", Numbers::parseLong, value -> Long.toString(value), Comparator.naturalOrder(), List.of());
    static final ValueType<Long> SIZE = new ValueType<>(
            "size", ValueTypes::parseSize, value -> Long.toString(value), Comparator.naturalOrder(), List.of());
    static final ValueType<Double> DECIMAL = new ValueType<>(
            "double", Numbers::parseDouble, value -> Double.toString(value), Comparator.naturalOrder(), List.of());
    static final ValueType<Boolean> BOOL = new ValueType<>(
            "bool", ValueTypes::parseBool, value -> value ? "true" : "false", null, List.of("true", "false"));
    static final ValueType<String> STRING =
            new ValueType<>("string", ValueTypes::singleLine, Function.identity(), null, List.of());
    static final ValueType<List<String>> LIST = new ValueType<>(
            "list", text -> split(text, "[,]", "comma"), value -> String.join(",", value), null, List.of());
    static final ValueType<List<Path>> PATHS =
            new ValueType<>("path list", text -> parsePaths(text, false), ValueTypes::formatPaths, null, List.of());
    /** Open MPI parts these by commas, other lists of paths as the platform does. */
    static final ValueType<List<Path>> FILES =
            new ValueType<>("file list", text -> parsePaths(text, true), ValueTypes::formatFiles, null, List.of());

    static final ValueType<ComponentSelection> SELECTION =
            new ValueType<>("selection", ComponentSelection::read, ComponentSelection::toString, null, List.of());

    private ValueTypes() {}

    static <E extends Enum<E>> ValueType<E> enumeration(Class<E> type) {
        Map<String, E> byLabel = new LinkedHashMap<>();
        for (E constant : constantsOf(type)) {
            for (String label : labelsOf(constant)) {
                byLabel.put(fold(label), constant);
            }
        }
        List<String> choices = Arrays.stream(constantsOf(type))
                .map(constant -> labelsOf(constant).get(0))
                .collect(Collectors.toUnmodifiableList());
        return new ValueType<>(
                "enum",
                text -> {
                    E constant = byLabel.get(fold(text.strip()));
                    if (constant == null) {
                        throw BadValueException.malformed("is none of " + String.join(", ", choices));
                    }
                    return constant;
                },
                constant -> labelsOf(constant).get(0),
                null,
                choices);
    }

    private static <E extends Enum<E>> E[] constantsOf(Class<E> type) {
        return Objects.requireNonNull(type.getEnumConstants());
    }

    private static List<String> labelsOf(Enum<?> constant) {
        return constant instanceof ParameterLabels labelled
                ? labelled.labels()
                : List.of(constant.name().toLowerCase(Locale.ROOT));
    }

    private static String fold(String label) {
        return label.toLowerCase(Locale.ROOT).replace('-', '_');
    }

    private static long parseSize(String text) throws BadValueException {
        long value = Numbers.parseLong(text);
        if (value < 0) {
            throw BadValueException.outOfRange("is negative, which no size can be");
        }
        return value;
    }

    private static boolean parseBool(String text) throws BadValueException {
        String word = text.strip().toLowerCase(Locale.ROOT);
        if (TRUE_WORDS.contains(word)) {
            return true;
        }
        if (FALSE_WORDS.contains(word)) {
            return false;
        }
        try {
            return Numbers.parseLong(word) != 0;
        } catch (BadValueException e) {
            throw BadValueException.malformed(
                    "is neither true (1, yes, y, t, enabled) nor false (0, no, n, f, disabled)");
        }
    }

    private static String singleLine(String text) throws BadValueException {
        if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
            throw BadValueException.malformed("contains a line break");
        }
        return text;
    }

    private static List<String> split(String text, String separator, String separatorName) throws BadValueException {
        if (singleLine(text).isBlank()) {
            return List.of();
        }
        List<String> elements = new ArrayList<>();
        for (String element : text.split(separator, -1)) {
            if (element.isBlank()) {
                throw BadValueException.malformed(
                        "has an empty element; write the elements with one " + separatorName + " between them");
            }
            elements.add(element.strip());
        }
        return List.copyOf(elements);
    }

    private static List<Path> parsePaths(String text, boolean byComma) throws BadValueException {
        List<Path> paths = new ArrayList<>();
        String separators = "[" + File.pathSeparator + (byComma ? ",]" : "]");
        String name = "'" + File.pathSeparator + (byComma ? "' or comma" : "'");
        for (String element : split(text, separators, name)) {
            try {
                paths.add(expandHome(element));
            } catch (InvalidPathException e) {
                throw BadValueException.malformed("has an element that is no path: " + e.getMessage());
            }
        }
        return List.copyOf(paths);
    }

    private static Path expandHome(String element) {
        return element.startsWith("~/")
                ? StandardSources.home(System.getenv()).resolve(element.substring(2))
                : Path.of(element);
    }

    private static String formatPaths(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private static String formatFiles(List<Path> files) {
        return files.stream().map(Path::toString).collect(Collectors.joining(","));
    }
}
