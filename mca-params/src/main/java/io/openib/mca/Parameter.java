package io.openib.mca;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The declaration of one parameter: immutable data, made once as a constant by the component that reads it.
 *
 * <pre>{@code
 * static final Parameter<Integer> TIMEOUT_MS = Parameter.integer("wireup_oob_timeout")
 *         .range(1, 600_000).unit("ms").defaultValue(10_000).level(Level.TUNER_BASIC)
 *         .help("How long one attempt to connect may take.")
 *         .build();
 * }</pre>
 *
 * <p>Names are Open MPI's wherever Open MPI has one: {@code framework_component_variable}. Numbers are read the same in
 * every locale. A declaration that contradicts itself (a default beyond its range, no help) is a programming error and
 * throws {@link IllegalStateException} from {@link ParameterBuilder#build()}.
 *
 * @param <T> the type of its values
 */
public final class Parameter<T> {
    private final ParameterTraits traits;
    private final ValueType<T> type;
    private final List<Constraint<T>> constraints;
    private final T defaultValue;

    Parameter(ParameterTraits traits, ValueType<T> type, List<Constraint<T>> constraints, T defaultValue) {
        this.traits = traits;
        this.type = type;
        this.constraints = List.copyOf(constraints);
        this.defaultValue = defaultValue;
    }

    /** Starts an {@code int}: decimal, hexadecimal with 0x, octal with a leading 0; K, M, G multiply by 1024. */
    public static ParameterBuilder<Integer> integer(String name) {
        return new ParameterBuilder<>(name, ValueTypes.INTEGER);
    }

    /** Starts a {@code long}, written as an {@link #integer} is. */
    public static ParameterBuilder<Long> longInteger(String name) {
        return new ParameterBuilder<>(name, ValueTypes.LONG_INTEGER);
    }

    /** Starts a number of bytes or of things, never negative, written as an {@link #integer} is. */
    public static ParameterBuilder<Long> size(String name) {
        return new ParameterBuilder<>(name, ValueTypes.SIZE);
    }

    /** Starts a decimal fraction, such as a probability; the point is a point in every locale. */
    public static ParameterBuilder<Double> decimal(String name) {
        return new ParameterBuilder<>(name, ValueTypes.DECIMAL);
    }

    /** Starts a switch: a number, or true, t, enabled, yes, y, false, f, disabled, no, n, in any case. */
    public static ParameterBuilder<Boolean> bool(String name) {
        return new ParameterBuilder<>(name, ValueTypes.BOOL);
    }

    /** Starts a text of one line. */
    public static ParameterBuilder<String> string(String name) {
        return new ParameterBuilder<>(name, ValueTypes.STRING);
    }

    /** Starts a comma list; elements are stripped and never empty; the empty text is the empty list. */
    public static ParameterBuilder<List<String>> list(String name) {
        return new ParameterBuilder<>(name, ValueTypes.LIST);
    }

    /** Starts a list of paths with the platform's separator; {@code ~/} stands for the user's home. */
    public static ParameterBuilder<List<Path>> paths(String name) {
        return new ParameterBuilder<>(name, ValueTypes.PATHS);
    }

    /** Starts a list of files with commas, or the platform's separator of paths, between them; {@code ~/} stands for the user's home. */
    public static ParameterBuilder<List<Path>> files(String name) {
        return new ParameterBuilder<>(name, ValueTypes.FILES);
    }

    /** Starts a selection of components, see {@link ComponentSelection#parse}. */
    public static ParameterBuilder<ComponentSelection> selection(String name) {
        return new ParameterBuilder<>(name, ValueTypes.SELECTION);
    }

    /**
     * Starts one of a few words: the constants' lower-case names, or their {@link ParameterLabels}. Case does not
     * matter, and neither does - or _ between words.
     */
    public static <E extends Enum<E>> ParameterBuilder<E> enumeration(String name, Class<E> type) {
        return new ParameterBuilder<>(name, ValueTypes.enumeration(type));
    }

    /** The full name, such as {@code btl_openib_mtu}. */
    public String name() {
        return traits.name();
    }

    /** The type in a word, for listings: int, long, size, double, bool, string, list, path list, file list, selection, enum. */
    public String typeName() {
        return type.name();
    }

    /** The unit of a number, such as {@code ms}. */
    public Optional<String> unit() {
        return Optional.ofNullable(traits.unit());
    }

    /** The range as people write it, such as {@code 0..31}, both ends included. */
    public Optional<String> range() {
        return Optional.ofNullable(traits.range());
    }

    /** The accepted words, if they can be listed. */
    public List<String> choices() {
        return type.choices();
    }

    /** The value when nobody set one. */
    public T defaultValue() {
        return defaultValue;
    }

    /** For whom it is meant. */
    public Level level() {
        return traits.level();
    }

    /** One sentence on what it does. */
    public String help() {
        return traits.help();
    }

    /** Its other names that are as good as its own. */
    public List<String> synonyms() {
        return names(false);
    }

    /** Its former names, which are refused with a pointer to this one. */
    public List<String> deprecatedSynonyms() {
        return names(true);
    }

    /** Names of parameters that must not be set together with this one. */
    public List<String> excluded() {
        return traits.excluded();
    }

    /** Whether its value must not be shown. */
    public boolean isSecret() {
        return traits.isSecret();
    }

    /** The text of a value, which {@link #parse} reads back as an equal one. */
    public String format(T value) {
        return type.formatter().apply(value);
    }

    /**
     * Reads a value as from the API.
     *
     * @throws McaException if the text is malformed, out of range or refused by the parameter's check
     */
    public T parse(String text) {
        try {
            return read(text);
        } catch (BadValueException e) {
            throw new McaException(List.of(Problems.badValue(this, name(), text, new Origin(Origin.Kind.API, ""), e)));
        }
    }

    T read(String text) throws BadValueException {
        T value = type.parser().parse(text);
        for (Constraint<T> constraint : constraints) {
            constraint.verify(value);
        }
        return value;
    }

    /** Whether a setting sets nothing: to Open MPI an empty selection in a file or the environment is none. */
    boolean isLeftBy(Setting setting) {
        Origin origin = setting.origin();
        boolean isThere = origin.isParameterFile() || origin.kind() == Origin.Kind.ENVIRONMENT;
        return isThere && type.equals(ValueTypes.SELECTION) && setting.text().isBlank();
    }

    List<Synonym> allSynonyms() {
        return traits.synonyms();
    }

    private List<String> names(boolean isDeprecated) {
        return traits.synonyms().stream()
                .filter(synonym -> synonym.isDeprecated() == isDeprecated)
                .map(Synonym::name)
                .toList();
    }

    /** The name. */
    @Override
    public String toString() {
        return name();
    }
}
