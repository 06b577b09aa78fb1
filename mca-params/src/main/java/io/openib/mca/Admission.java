package io.openib.mca;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Asks the components of a kind that one search finds, one after the other, and says what speaks against each. */
final class Admission<S> {
    private final ComponentKind<S> kind;

    /** Where the component of a name is. */
    private final Map<String, String> places = new HashMap<>();

    /** Who declares what, by names and synonyms. */
    private final Map<String, Declared> declared = new HashMap<>();

    private record Declared(Parameter<?> parameter, String where) {}

    Admission(ComponentKind<S> kind) {
        this.kind = kind;
    }

    /** What speaks against a component; empty if nothing does. May throw anything, which does too. */
    String objection(String where, S component) {
        int version = kind.spiVersionOf().applyAsInt(component);
        if (version != kind.spiVersion()) {
            return "was compiled for version " + version + " of the SPI, this is " + kind.spiVersion();
        }
        String name = kind.nameOf().apply(component);
        if (name == null || name.isBlank()) {
            return "has no name";
        }
        if (places.containsKey(name)) {
            return "is a second " + kind.what() + " called \"" + name + "\", and the one of " + places.get(name)
                    + " is used; remove one of the two";
        }
        kind.trial().accept(component);
        if (component instanceof ParameterDeclarations declarations) {
            List.copyOf(declarations.namesWithoutEffect());
            List.copyOf(declarations.openMpisAlone());
            List<Parameter<?>> parameters = List.copyOf(declarations.parameters());
            for (Parameter<?> parameter : parameters) {
                String clash = clash(parameter);
                if (!clash.isEmpty()) {
                    return clash;
                }
            }
            parameters.forEach(parameter ->
                    names(parameter).forEach(one -> declared.putIfAbsent(one, new Declared(parameter, where))));
        }
        places.put(name, where);
        return "";
    }

    private String clash(Parameter<?> parameter) {
        for (String name : names(parameter).toList()) {
            Declared other = declared.get(name);
            if (other != null && other.parameter() != parameter) {
                return "declares a parameter or synonym \"" + name + "\", and so does " + other.where()
                        + "; one of the two must rename it";
            }
        }
        return "";
    }

    private static Stream<String> names(Parameter<?> parameter) {
        return Stream.concat(
                Stream.of(parameter.name()), parameter.allSynonyms().stream().map(Synonym::name));
    }
}
