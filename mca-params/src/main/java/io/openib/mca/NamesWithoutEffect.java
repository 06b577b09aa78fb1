package io.openib.mca;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Finds what is said of a name that has no effect. */
final class NamesWithoutEffect {
    private final List<NameWithoutEffect> known;

    NamesWithoutEffect(Collection<NameWithoutEffect> known) {
        this.known = List.copyOf(known);
    }

    Optional<NameWithoutEffect> find(String name) {
        String plain = DeclaredNames.withoutProject(name);
        return known.stream().filter(one -> one.matches(plain)).findFirst();
    }
}
