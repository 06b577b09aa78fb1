package io.openib.mca;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which components to use, as a user writes it: {@code a,b} for these in this order, {@code ^a,b} for all but these,
 * {@code auto} for all. Whether the names mean anything shows when it is applied to the components there are.
 *
 * @param mode how the names are meant
 * @param names the names as written, none twice; empty for {@link Mode#AUTO} only
 */
public record ComponentSelection(Mode mode, List<String> names) {
    private static final String ALL = "auto";

    /** How the names of a selection are meant. */
    public enum Mode {
        /** These, in this order. */
        INCLUDE,
        /** All but these. */
        EXCLUDE,
        /** All; which is best is the caller's decision. */
        AUTO
    }

    /** A selection of all components. */
    public static final ComponentSelection AUTO = new ComponentSelection(Mode.AUTO, List.of());

    /** Copies the names, and leaves out those that come twice. */
    public ComponentSelection {
        names = List.copyOf(new LinkedHashSet<>(names));
        if (names.isEmpty() != (mode == Mode.AUTO)) {
            throw new IllegalArgumentException(mode + " of " + names + " selects nothing");
        }
    }

    /**
     * Reads a selection. A {@code ^} may stand only first and then holds for the whole list; {@code auto} stands alone.
     *
     * @throws McaException if the text is no selection
     */
    public static ComponentSelection parse(String text) {
        try {
            return read(text);
        } catch (BadValueException e) {
            Origin origin = new Origin(Origin.Kind.API, "");
            String sentence = "selection \"" + text + "\" " + e.why();
            throw new McaException(List.of(new Problem(e.kind(), text, origin, sentence)));
        }
    }

    // Written out, as the compiler's own takes a cold process 40 ms.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ComponentSelection selection && mode == selection.mode && names.equals(selection.names);
    }

    @Override
    public int hashCode() {
        return 31 * mode.hashCode() + names.hashCode();
    }

    static ComponentSelection read(String text) throws BadValueException {
        String stripped = text.strip();
        if (stripped.equals(ALL)) {
            return AUTO;
        }
        boolean isExclusion = stripped.startsWith("^");
        String list = isExclusion ? stripped.substring(1) : stripped;
        List<String> names =
                Arrays.stream(list.split(",", -1)).map(String::strip).toList();
        for (String name : names) {
            checkName(name);
        }
        return new ComponentSelection(isExclusion ? Mode.EXCLUDE : Mode.INCLUDE, names);
    }

    private static void checkName(String name) throws BadValueException {
        if (name.isEmpty()) {
            throw BadValueException.malformed("has an empty name; write a,b or ^a,b or auto");
        }
        if (name.startsWith("^")) {
            throw BadValueException.malformed(
                    "has a ^ that is not first; one ^ at the very front excludes all that follow");
        }
        if (name.equals(ALL)) {
            throw BadValueException.malformed("has auto beside other names; auto stands alone");
        }
        if (name.chars().anyMatch(c -> Character.isWhitespace(c) || c == '^')) {
            throw BadValueException.malformed("has a name with a blank or a ^ in it; names are parted by commas");
        }
    }

    /**
     * The selected of the available components.
     *
     * @param names the names that components have, and their synonyms
     * @param available the components there are; their order is kept except that an inclusion brings its own
     * @param nameOf the name of a component
     * @param origin who wrote the selection, for the error text
     * @throws McaException if a name, included or excluded, belongs to no component; it lists all that do
     */
    public <C> List<C> select(
            ComponentNames names, Collection<C> available, Function<? super C, String> nameOf, Origin origin) {
        Set<String> meant = resolve(names, origin);
        return switch (mode) {
            case AUTO -> List.copyOf(available);
            case EXCLUDE ->
                available.stream()
                        .filter(component -> !meant.contains(nameOf.apply(component)))
                        .toList();
            case INCLUDE ->
                meant.stream()
                        .flatMap(name -> available.stream()
                                .filter(component -> nameOf.apply(component).equals(name)))
                        .toList();
        };
    }

    /**
     * The selected names, in order: what {@link #select} does when names are all there is.
     *
     * @throws McaException as {@link #select} does
     */
    public List<String> apply(ComponentNames names, Origin origin) {
        return select(names, names.known(), Function.identity(), origin);
    }

    /**
     * Whether it leaves nothing: it excludes every component, whatever else it excludes, or includes only names that are
     * {@linkplain ComponentNames#elsewhere elsewhere}.
     */
    public boolean leavesNone(ComponentNames components) {
        return switch (mode) {
            case AUTO -> components.known().isEmpty();
            case EXCLUDE ->
                names.stream()
                        .flatMap(name -> components.canonical(name).stream())
                        .collect(Collectors.toSet())
                        .containsAll(components.known());
            case INCLUDE -> names.stream().allMatch(components::isElsewhere);
        };
    }

    private Set<String> resolve(ComponentNames known, Origin origin) {
        Set<String> meant = new LinkedHashSet<>();
        List<Problem> problems = new ArrayList<>();
        for (String name : names) {
            if (known.isElsewhere(name)) {
                continue;
            }
            known.canonical(name)
                    .ifPresentOrElse(
                            meant::add,
                            () -> problems.add(Problems.unknownComponent(known.what(), name, origin, known.known())));
        }
        if (!problems.isEmpty()) {
            throw new McaException(problems);
        }
        return meant;
    }

    /** The text that {@link #parse} reads as this selection. */
    @Override
    public String toString() {
        return switch (mode) {
            case AUTO -> ALL;
            case EXCLUDE -> names.stream().collect(Collectors.joining(",", "^", ""));
            case INCLUDE -> String.join(",", names);
        };
    }
}
