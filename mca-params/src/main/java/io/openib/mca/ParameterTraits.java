package io.openib.mca;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is said about a parameter and does not depend on the type of its values. */
record ParameterTraits(
        String name,
        @Nullable String unit,
        @Nullable String range,
        Level level,
        String help,
        List<Synonym> synonyms,
        List<String> excluded,
        boolean isSecret) {
    ParameterTraits {
        synonyms = List.copyOf(synonyms);
        excluded = List.copyOf(excluded);
    }
}
