package io.openib.mca;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes through the sources, strongest first, and finds each parameter's value and everything that is wrong. */
final class Resolution {
    private static final Logger LOG = LoggerFactory.getLogger(Resolution.class);

    private final Set<Parameter<?>> parameters;
    private final DeclaredNames names;
    private final ForeignNames foreignNames;
    private final boolean judgesNames;
    private final Map<String, ParameterValue<?>> values = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /** A value that a source gives a parameter, and where it says so. */
    private record Given(ParameterValue<?> value, Setting setting) {}

    Resolution(Collection<? extends Parameter<?>> declared, boolean judgesNames) {
        this.parameters = new LinkedHashSet<>(declared);
        this.names = new DeclaredNames(parameters);
        this.foreignNames = new ForeignNames(names.all());
        this.judgesNames = judgesNames;
        problems.addAll(names.problems());
    }

    McaParameters resolve(List<Source> sources) {
        for (Source source : sources) {
            problems.addAll(source.problems());
            take(source);
        }
        checkExclusions();
        if (!problems.isEmpty()) {
            throw new McaException(problems);
        }
        Map<String, ParameterValue<?>> all = new LinkedHashMap<>();
        for (Parameter<?> parameter : parameters) {
            ParameterValue<?> given = values.get(parameter.name());
            all.put(parameter.name(), given == null ? ofDefault(parameter) : given);
        }
        return new McaParameters(all);
    }

    private void take(Source source) {
        Map<String, Given> givenHere = new LinkedHashMap<>();
        for (Setting setting : source.settings()) {
            DeclaredNames.Meaning meaning = names.meaning(setting.name());
            if (meaning == null) {
                judge(setting, source.isShared());
                continue;
            }
            if (meaning.isDeprecated()) {
                problems.add(Problems.deprecated(meaning.parameter(), setting.name(), setting.origin()));
            }
            give(meaning.parameter(), meaning.translate(setting.text()), setting, givenHere);
        }
        givenHere.forEach((name, given) -> values.putIfAbsent(name, given.value()));
    }

    private void judge(Setting setting, boolean isShared) {
        if (!judgesNames) {
            return;
        }
        if (isShared && foreignNames.mayBeForeign(setting.name())) {
            LOG.debug("Left to Open MPI: {} ({})", setting.name(), setting.origin());
            return;
        }
        problems.add(Problems.unknownName(setting.name(), setting.origin(), names.current()));
    }

    private <T> void give(Parameter<T> parameter, String text, Setting setting, Map<String, Given> givenHere) {
        try {
            ParameterValue<T> value = new ParameterValue<>(parameter, parameter.read(text), setting.origin());
            Given earlier = givenHere.putIfAbsent(parameter.name(), new Given(value, setting));
            if (earlier != null && !Objects.equals(earlier.value().value(), value.value())) {
                problems.add(Problems.disagreement(parameter, earlier.setting(), setting));
            }
        } catch (BadValueException e) {
            problems.add(Problems.badValue(parameter, setting.name(), text, setting.origin(), e));
        }
    }

    private void checkExclusions() {
        for (ParameterValue<?> one : List.copyOf(values.values())) {
            for (String name : one.parameter().excluded()) {
                ParameterValue<?> other = values.get(name);
                boolean isToldAlready = other != null
                        && other.parameter().excluded().contains(one.parameter().name())
                        && name.compareTo(one.parameter().name()) < 0;
                if (other != null && !isToldAlready) {
                    problems.add(Problems.mutuallyExclusive(
                            one.parameter(), one.origin(), other.parameter(), other.origin()));
                }
            }
        }
    }

    private static <T> ParameterValue<T> ofDefault(Parameter<T> parameter) {
        return new ParameterValue<>(parameter, parameter.defaultValue(), Origin.DEFAULT);
    }
}
