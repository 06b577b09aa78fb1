package io.openib.mca;

import java.util.Collection;

/** The sentences in which problems are told. */
final class Problems {
    private static final String HIDDEN = "(hidden)";

    private Problems() {}

    static Problem unknownName(String name, Origin origin, Collection<String> known) {
        String hint = NearestName.of(name, known)
                .map(near -> "did you mean \"" + near + "\"?")
                .orElse("nothing declared here has a similar name; `openib info` lists all parameters");
        return new Problem(
                Problem.Kind.UNKNOWN_NAME,
                name,
                origin,
                "unknown parameter \"" + name + "\" (" + origin + "): " + hint);
    }

    static Problem badValue(Parameter<?> parameter, String name, String text, Origin origin, BadValueException e) {
        String shown = parameter.isSecret() ? HIDDEN : '"' + text + '"';
        return new Problem(
                e.kind(),
                name,
                origin,
                "parameter \"" + name + "\" (" + origin + "): " + shown + " " + e.why() + "; give "
                        + expected(parameter));
    }

    private static <T> String expected(Parameter<T> parameter) {
        String type = parameter.typeName();
        String example = parameter.format(parameter.defaultValue());
        if (type.equals("string") && !example.isEmpty() && !parameter.isSecret()) {
            return "one such as \"" + example + '"';
        }
        return ("aeiou".indexOf(type.charAt(0)) < 0 ? "a " : "an ")
                + type
                + parameter.unit().map(unit -> " in " + unit).orElse("")
                + parameter
                        .range()
                        .map(range -> " from " + range.replace("..", " to "))
                        .orElse("");
    }

    static Problem deprecated(Parameter<?> parameter, String name, Origin origin) {
        return new Problem(
                Problem.Kind.DEPRECATED_NAME,
                name,
                origin,
                "parameter \"" + name + "\" (" + origin + ") has been renamed: write \"" + parameter.name()
                        + "\" instead");
    }

    static Problem disagreement(Parameter<?> parameter, Setting first, Setting second) {
        boolean isSameName = first.name().equals(second.name());
        return new Problem(
                isSameName ? Problem.Kind.SET_TWICE : Problem.Kind.SYNONYMS_DISAGREE,
                second.name(),
                second.origin(),
                (isSameName
                                ? "parameter \"" + first.name() + "\" is set twice: to "
                                : "\"" + first.name() + "\" and \"" + second.name()
                                        + "\" are one parameter, set to different values: ")
                        + shown(parameter, first) + " and " + shown(parameter, second) + "; remove one of them");
    }

    static Problem mutuallyExclusive(Parameter<?> one, Origin oneOrigin, Parameter<?> other, Origin otherOrigin) {
        return new Problem(
                Problem.Kind.MUTUALLY_EXCLUSIVE,
                other.name(),
                otherOrigin,
                "parameters \"" + one.name() + "\" (" + oneOrigin + ") and \"" + other.name() + "\" (" + otherOrigin
                        + ") exclude each other: set only one of them");
    }

    static Problem declaredTwice(String name) {
        return new Problem(
                Problem.Kind.DECLARED_TWICE,
                name,
                Origin.DEFAULT,
                "two components declare a parameter or synonym \"" + name + "\": one of them must rename it");
    }

    static Problem badFile(Origin origin, String why) {
        return new Problem(Problem.Kind.BAD_FILE, "", origin, origin + ": " + why);
    }

    static Problem unknownComponent(String what, String name, Origin origin, Collection<String> known) {
        String hint = NearestName.of(name, known)
                .map(near -> "; did you mean \"" + near + "\"?")
                .orElse("");
        return new Problem(
                Problem.Kind.UNKNOWN_COMPONENT,
                name,
                origin,
                "no " + what + " is called \"" + name + "\""
                        + (origin.kind() == Origin.Kind.DEFAULT ? "" : " (" + origin + ")") + "; there is "
                        + (known.isEmpty() ? "none" : String.join(", ", known)) + hint);
    }

    private static String shown(Parameter<?> parameter, Setting setting) {
        return (parameter.isSecret() ? HIDDEN : '"' + setting.text() + '"') + " (" + setting.origin() + ")";
    }
}
