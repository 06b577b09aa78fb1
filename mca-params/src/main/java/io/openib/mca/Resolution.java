package io.openib.mca;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Goes through the sources, strongest first, and finds each parameter's value and everything that is wrong. */
final class Resolution {
    private static final int MAX_TYPING_ERRORS = 2;

    private final Set<Parameter<?>> parameters;
    private final DeclaredNames names;
    private final ForeignNames foreignNames;
    private final NamesWithoutEffect namesWithoutEffect;
    private final List<OpenMpisAlone<?>> openMpisAlone;
    private final Map<String, ParameterValue<?>> values = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    /** Each by the one spelling that all others stand for: it is told once. */
    private final Map<String, WithoutEffect> withoutEffect = new LinkedHashMap<>();

    /** Foreign names that look mistyped, in the same spelling. */
    private final Set<String> suspects = new HashSet<>();

    /** Those that files have, in the same spelling. */
    private final Set<String> formerNames = new HashSet<>();

    private final List<String> warnings = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** A value that a source gives a parameter, and where it says so. */
    private record Given(ParameterValue<?> value, Setting setting) {}

    Resolution(Collection<? extends Parameter<?>> declared) {
        this(declared, List.of(), List.of());
    }

    Resolution(
            Collection<? extends Parameter<?>> declared,
            Collection<NameWithoutEffect> namesWithoutEffect,
            Collection<OpenMpisAlone<?>> openMpisAlone) {
        this.parameters = new LinkedHashSet<>(declared);
        this.names = new DeclaredNames(parameters);
        this.foreignNames = new ForeignNames(names.all());
        this.namesWithoutEffect = new NamesWithoutEffect(namesWithoutEffect);
        this.openMpisAlone = List.copyOf(openMpisAlone);
        problems.addAll(names.problems());
    }

    /** The values, if nothing at all is wrong. */
    McaParameters resolve(List<Source> sources) {
        sources.forEach(this::take);
        checkExclusions();
        if (!problems.isEmpty()) {
            throw new McaException(problems);
        }
        return result(warnings, notes);
    }

    /** The values as far as they can be read. */
    McaParameters preview(List<Source> sources) {
        sources.forEach(this::take);
        return result(List.of(), List.of());
    }

    private McaParameters result(List<String> aloud, List<String> quietly) {
        Map<String, ParameterValue<?>> all = new LinkedHashMap<>();
        for (Parameter<?> parameter : parameters) {
            ParameterValue<?> given = values.get(parameter.name());
            all.put(parameter.name(), given == null ? ofDefault(parameter) : given);
        }
        return new McaParameters(all, withoutEffect.values(), aloud, quietly);
    }

    private void take(Source source) {
        problems.addAll(source.problems());
        warnings.addAll(source.warnings());
        Map<String, Given> givenHere = new LinkedHashMap<>();
        for (Setting setting : source.settings()) {
            DeclaredNames.Meaning meaning = names.meaning(setting.name());
            if (meaning == null) {
                judge(setting, source.isShared());
                continue;
            }
            if (meaning.isDeprecated()) {
                judgeFormer(setting, meaning.parameter());
            }
            give(meaning.parameter(), meaning.translate(setting.text()), setting, givenHere);
        }
        givenHere.values().forEach(given -> keep(given.value(), given.setting()));
    }

    /** A former name is right in a file that a release of Open MPI reads which has no other; elsewhere it is a mistake. */
    private void judgeFormer(Setting setting, Parameter<?> parameter) {
        if (!setting.origin().isParameterFile()) {
            problems.add(Problems.deprecated(parameter, setting.name(), setting.origin()));
        } else if (formerNames.add(DeclaredNames.withoutProject(setting.name()))) {
            warnings.add("parameter \"" + setting.name() + "\" (" + setting.origin()
                    + ") has been renamed, and counts as \"" + parameter.name()
                    + "\": write that unless an Open MPI that does not know it reads the file");
        }
    }

    private void keep(ParameterValue<?> given, Setting setting) {
        String why = whyNotForUs(given);
        if (why == null) {
            warnIfOverridden(values.putIfAbsent(given.parameter().name(), given), given);
        } else {
            String shown = given.parameter().isSecret() ? given.shownText() : setting.text();
            WithoutEffect passedOver = new WithoutEffect(setting.name(), shown, given.origin(), why);
            if (withoutEffect.putIfAbsent(given.parameter().name(), passedOver) == null) {
                notes.add(passedOver.toString());
            }
        }
    }

    private @Nullable String whyNotForUs(ParameterValue<?> given) {
        for (OpenMpisAlone<?> alone : openMpisAlone) {
            String why = alone.whyNot(given);
            if (why != null) {
                return why;
            }
        }
        return null;
    }

    /** Tells a user whose value an administrator's override hides. */
    private void warnIfOverridden(@Nullable ParameterValue<?> stronger, ParameterValue<?> given) {
        if (stronger != null
                && stronger.origin().kind() == Origin.Kind.OVERRIDE_FILE
                && !stronger.value().equals(given.value())) {
            warnings.add(given + " has no effect: the administrator overrides it with " + stronger);
        }
    }

    private void judge(Setting setting, boolean isShared) {
        Optional<NameWithoutEffect> known = namesWithoutEffect.find(setting.name());
        if (known.isPresent()) {
            passOver(setting, known.get());
            return;
        }
        if (!isShared || !foreignNames.mayBeForeign(setting.name())) {
            problems.add(Problems.unknownName(setting.name(), setting.origin(), names.current()));
            return;
        }
        NearestName.within(MAX_TYPING_ERRORS, setting.name(), names.current())
                .filter(near -> near.length() > 2 * MAX_TYPING_ERRORS)
                .filter(near -> suspects.add(DeclaredNames.withoutProject(setting.name())))
                .ifPresent(near -> warnings.add("parameter \"" + setting.name() + "\" (" + setting.origin()
                        + ") is none of ours and is left alone; if you meant \"" + near + "\", correct it"));
    }

    private void passOver(Setting setting, NameWithoutEffect name) {
        WithoutEffect passedOver = new WithoutEffect(setting.name(), setting.text(), setting.origin(), name.why());
        String spelling = DeclaredNames.withoutProject(setting.name());
        if (withoutEffect.putIfAbsent(spelling, passedOver) == null && name.isToldAloud(setting.text())) {
            warnings.add(passedOver.toString());
        }
    }

    private <T> void give(Parameter<T> parameter, String text, Setting setting, Map<String, Given> givenHere) {
        try {
            T read = parameter.isLeftBy(setting) ? parameter.defaultValue() : parameter.read(text);
            ParameterValue<T> value = new ParameterValue<>(parameter, read, setting.origin());
            Given earlier = givenHere.putIfAbsent(parameter.name(), new Given(value, setting));
            if (earlier != null && !Objects.equals(earlier.value().value(), value.value())) {
                problems.add(Problems.disagreement(parameter, earlier.setting(), setting));
            }
        } catch (BadValueException e) {
            problems.add(Problems.badValue(parameter, setting.name(), setting.text(), setting.origin(), e));
        }
    }

    private void checkExclusions() {
        for (ParameterValue<?> one : values.values()) {
            for (String name : one.parameter().excluded()) {
                ParameterValue<?> other = values.get(name);
                if (other != null && says(one) && says(other) && !isToldByOther(one, other)) {
                    problems.add(Problems.mutuallyExclusive(
                            one.parameter(), one.origin(), other.parameter(), other.origin()));
                }
            }
        }
    }

    /** Whether a value differs from what holds anyway. */
    private static boolean says(ParameterValue<?> value) {
        return !Objects.equals(value.value(), value.parameter().defaultValue());
    }

    /** Where both exclude each other, the one whose name comes first tells it. */
    private static boolean isToldByOther(ParameterValue<?> one, ParameterValue<?> other) {
        String name = one.parameter().name();
        return other.parameter().excluded().contains(name)
                && other.parameter().name().compareTo(name) < 0;
    }

    private static <T> ParameterValue<T> ofDefault(Parameter<T> parameter) {
        return new ParameterValue<>(parameter, parameter.defaultValue(), Origin.DEFAULT);
    }
}
