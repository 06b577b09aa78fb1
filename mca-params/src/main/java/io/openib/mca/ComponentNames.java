package io.openib.mca;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The names by which components of one kind may be asked for. Immutable: each method gives a new one. */
public final class ComponentNames {
    private final String what;
    private final List<String> known;
    private final Map<String, String> synonyms;
    private final Set<String> elsewhere;

    private ComponentNames(
            String what, Collection<String> known, Map<String, String> synonyms, Collection<String> elsewhere) {
        this.what = what;
        this.known = List.copyOf(new LinkedHashSet<>(known));
        this.synonyms = Map.copyOf(synonyms);
        this.elsewhere = Set.copyOf(elsewhere);
    }

    /**
     * Names without synonyms.
     *
     * @param what the kind of component in a word or two, for error texts, such as {@code wireup}
     * @param known the names of all components found, usable or not, in the order in which {@code auto} gives them
     */
    public static ComponentNames of(String what, Collection<String> known) {
        return new ComponentNames(what, known, Map.of(), Set.of());
    }

    /** Lets {@code synonym} stand for {@code name}, whether a component of that name is here or not. */
    public ComponentNames synonym(String synonym, String name) {
        Map<String, String> more = new TreeMap<>(synonyms);
        more.put(synonym, name);
        return new ComponentNames(what, known, more, elsewhere);
    }

    /** Names that are right in Open MPI and mean nothing here: a selection may have them, and they are passed over. */
    public ComponentNames elsewhere(Collection<String> names) {
        Set<String> more = new HashSet<>(elsewhere);
        more.addAll(names);
        return new ComponentNames(what, known, synonyms, more);
    }

    /** The kind of component. */
    public String what() {
        return what;
    }

    /** The components' own names. */
    public List<String> known() {
        return known;
    }

    /** The component's own name for a name or synonym, if there is such a component. */
    public Optional<String> canonical(String name) {
        String canonical = known.contains(name) ? name : synonyms.getOrDefault(name, name);
        return known.contains(canonical) ? Optional.of(canonical) : Optional.empty();
    }

    boolean isElsewhere(String name) {
        return elsewhere.contains(name) && canonical(name).isEmpty();
    }
}
