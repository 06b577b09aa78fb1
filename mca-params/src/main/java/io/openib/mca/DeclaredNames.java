package io.openib.mca;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every name that may be written, and which parameter it means. */
final class DeclaredNames {
    /** Open MPI knows each parameter also with its project in front. */
    private static final String PROJECT = "opal_";

    private final Map<String, Meaning> meanings = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /** What a name means: the parameter, and the synonym by which it was found unless it is the parameter's own name. */
    record Meaning(Parameter<?> parameter, @Nullable Synonym synonym) {
        boolean isDeprecated() {
            return synonym != null && synonym.isDeprecated();
        }

        String translate(String text) {
            return synonym == null ? text : synonym.translation().apply(text);
        }
    }

    DeclaredNames(Collection<Parameter<?>> parameters) {
        for (Parameter<?> parameter : parameters) {
            add(parameter.name(), new Meaning(parameter, null));
            for (Synonym synonym : parameter.allSynonyms()) {
                add(synonym.name(), new Meaning(parameter, synonym));
            }
        }
    }

    private void add(String name, Meaning meaning) {
        if (meanings.putIfAbsent(name, meaning) != null) {
            problems.add(Problems.declaredTwice(name));
        }
    }

    @Nullable
    Meaning meaning(String name) {
        Meaning meaning = meanings.get(name);
        return meaning == null ? meanings.get(withoutProject(name)) : meaning;
    }

    /** The name, less the project if that stands in front. */
    static String withoutProject(String name) {
        return name.startsWith(PROJECT) ? name.substring(PROJECT.length()) : name;
    }

    List<Problem> problems() {
        return problems;
    }

    Collection<String> all() {
        return meanings.keySet();
    }

    /** The names to suggest: none that is deprecated. */
    List<String> current() {
        return meanings.entrySet().stream()
                .filter(entry -> !entry.getValue().isDeprecated())
                .map(Map.Entry::getKey)
                .toList();
    }
}
