package io.openib.mca;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Declares a parameter step by step; see {@link Parameter}. Used by one thread.
 *
 * @param <T> the type of the parameter's values
 */
public final class ParameterBuilder<T> {
    private static final Pattern NAME = Pattern.compile("[a-z][A-Za-z0-9_.:-]*");

    private final String name;
    private final ValueType<T> type;
    private final List<Synonym> synonyms = new ArrayList<>();
    private final List<String> excluded = new ArrayList<>();
    private final List<Constraint<T>> constraints = new ArrayList<>();
    private @Nullable T defaultValue;
    private @Nullable String unit;
    private @Nullable String rangeText;
    private Level level = Level.DEV_ALL;
    private String help = "";
    private boolean isSecret;

    ParameterBuilder(String name, ValueType<T> type) {
        this.name = checkName(name);
        this.type = type;
    }

    /**
     * Bounds a number, both ends included.
     *
     * @throws IllegalStateException if the type has no order, or {@code min} is beyond {@code max}; a range comes before
     *     {@link #optional()}
     */
    public ParameterBuilder<T> range(T min, T max) {
        Comparator<T> order = type.order();
        if (order == null || order.compare(min, max) > 0) {
            throw new IllegalStateException(name + ": a range " + min + ".." + max + " makes no sense here");
        }
        String text = type.formatter().apply(min) + ".." + type.formatter().apply(max);
        rangeText = text;
        constraints.add(value -> {
            if (order.compare(value, min) < 0 || order.compare(value, max) > 0) {
                throw BadValueException.outOfRange("is outside " + text);
            }
        });
        return this;
    }

    /**
     * Adds a check of one's own.
     *
     * @param problem given a value, says what is wrong with it as the end of a sentence that begins with the value
     *     ("is not a power of two"), or null
     */
    public ParameterBuilder<T> check(Function<? super T, @Nullable String> problem) {
        constraints.add(value -> {
            String why = problem.apply(value);
            if (why != null) {
                throw BadValueException.malformed(why);
            }
        });
        return this;
    }

    /** The unit of a number, such as {@code ms} or {@code bytes}. */
    public ParameterBuilder<T> unit(String unit) {
        this.unit = unit;
        return this;
    }

    /** The value when nobody sets one; needed, except after {@link #optional()}. */
    public ParameterBuilder<T> defaultValue(T value) {
        defaultValue = value;
        return this;
    }

    /** For whom it is meant; {@link Level#DEV_ALL} if not said. */
    public ParameterBuilder<T> level(Level level) {
        this.level = level;
        return this;
    }

    /** One sentence on what it does; needed. */
    public ParameterBuilder<T> help(String sentence) {
        this.help = sentence;
        return this;
    }

    /** Another name that is as good. */
    public ParameterBuilder<T> synonym(String other) {
        return synonym(other, UnaryOperator.identity());
    }

    /**
     * Another name whose values are written otherwise.
     *
     * @param translation turns the text written under the other name into this parameter's text, such as
     *     {@code text -> "^" + text} for a name that excludes
     */
    public ParameterBuilder<T> synonym(String other, UnaryOperator<String> translation) {
        synonyms.add(new Synonym(checkName(other), false, translation));
        return this;
    }

    /** A former name: its use is a problem whose text names the new one. */
    public ParameterBuilder<T> deprecatedSynonym(String former) {
        synonyms.add(new Synonym(checkName(former), true, UnaryOperator.identity()));
        return this;
    }

    /** Names a parameter that must not be set together with this one; it suffices that one of the two says so. */
    public ParameterBuilder<T> excludes(String other) {
        excluded.add(checkName(other));
        return this;
    }

    /** Its value is never shown: not in listings, not in error texts, not in dumps. */
    public ParameterBuilder<T> secret() {
        isSecret = true;
        return this;
    }

    /**
     * Makes the value one that may be absent: the empty text, and the default unless one is given afterwards. Range and
     * checks of T come before this call.
     */
    public ParameterBuilder<Optional<T>> optional() {
        ParameterBuilder<Optional<T>> other = new ParameterBuilder<>(name, type.asOptional());
        other.synonyms.addAll(synonyms);
        other.excluded.addAll(excluded);
        other.unit = unit;
        other.rangeText = rangeText;
        other.level = level;
        other.help = help;
        other.isSecret = isSecret;
        other.defaultValue = Optional.ofNullable(defaultValue);
        List<Constraint<T>> inner = List.copyOf(constraints);
        other.constraints.add(value -> {
            if (value.isPresent()) {
                for (Constraint<T> constraint : inner) {
                    constraint.verify(value.get());
                }
            }
        });
        return other;
    }

    /**
     * Ends the declaration.
     *
     * @throws IllegalStateException if help or default is missing, or the default does not pass the parameter's own
     *     checks or cannot be written and read back
     */
    public Parameter<T> build() {
        T value = defaultValue;
        if (value == null || help.isBlank()) {
            throw new IllegalStateException(name + ": needs a default (or optional()) and a help sentence");
        }
        ParameterTraits traits = new ParameterTraits(name, unit, rangeText, level, help, synonyms, excluded, isSecret);
        Parameter<T> parameter = new Parameter<>(traits, type, constraints, value);
        try {
            if (!parameter.read(parameter.format(value)).equals(value)) {
                throw new IllegalStateException(name + ": its default is not read back as it is written");
            }
        } catch (BadValueException e) {
            throw new IllegalStateException(name + ": its default " + parameter.format(value) + " " + e.why(), e);
        }
        return parameter;
    }

    private static String checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalStateException('"' + name + "\" is no name of a parameter");
        }
        return name;
    }
}
