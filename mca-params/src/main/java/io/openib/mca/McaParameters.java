package io.openib.mca;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values that all declared parameters have in this process: resolved once, immutable, safe for every thread.
 *
 * <p>Sources, strongest first: override file, API, command line (this program's own, then its launcher's, see
 * {@link McaEnvironment}), environment ({@code OMPI_MCA_name}), parameter files in the order given, HOCON below
 * {@code openib.mca}, default. A value is taken from the strongest source that has one.
 *
 * <p>{@link Builder#resolve()} reads everything before it judges, and tells every problem at once:
 *
 * <ul>
 *   <li>A name that is neither declared nor one of Open MPI's that have no effect ({@link NameWithoutEffect}). API, command
 *       line and HOCON speak to us alone, so this holds for every name there. The environment and parameter files are read
 *       by Open MPI's processes too; there it holds only for a name that begins as a declared one does: with the same first
 *       word ({@code soft_}), or, where that is one of Open MPI's frameworks, the same first two ({@code btl_openib_}).
 *       Others ({@code btl_tcp_if_include}, {@code orte_tmpdir_base}, {@code pml}) are Open MPI's business and are passed
 *       over.
 *   <li>A value that is malformed, out of range or refused, even where a stronger source hides it.
 *   <li>A deprecated name, with its replacement: it stops the start as other mistakes do, since a name that merely warns
 *       is never mended. In a parameter file, which an older Open MPI may read that knows no other name, it counts as its
 *       replacement, with a warning.
 *   <li>One source that gives a parameter two different values, under one name or under two synonyms.
 *   <li>Two parameters that exclude each other, both set.
 *   <li>A file or line that cannot be read.
 * </ul>
 */
public final class McaParameters {
    private final Map<String, ParameterValue<?>> values;
    private final List<WithoutEffect> withoutEffect;
    private final List<String> warnings;
    private final List<String> notes;

    McaParameters(
            Map<String, ParameterValue<?>> values,
            Collection<WithoutEffect> withoutEffect,
            List<String> warnings,
            List<String> notes) {
        this.values = values;
        this.withoutEffect = List.copyOf(withoutEffect);
        this.warnings = List.copyOf(warnings);
        this.notes = List.copyOf(notes);
    }

    /** Starts with no source and nothing declared. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts with what a process has around it: the environment, {@code ~/.openmpi/mca-params.conf} and
     * {@code /etc/openmpi/openmpi-mca-params.conf} (or the files that {@link MechanismParameters#PARAM_FILES} names),
     * {@code /etc/openmpi/openmpi-mca-params-override.conf}, HOCON as typesafe-config finds it ({@code application.conf},
     * {@code reference.conf}, {@code -Dconfig.file}), and {@link MechanismParameters} declared. {@code OPAL_SYSCONFDIR} names another
     * directory than {@code /etc/openmpi}.
     */
    public static Builder fromProcess() {
        return StandardSources.ofProcess().builder();
    }

    /**
     * What {@link #fromProcess()} finds, with these declarations and these values on top.
     *
     * @throws McaException with every problem
     */
    public static McaParameters fromProcess(
            Collection<? extends Parameter<?>> declared, Map<String, String> api, Map<String, String> commandLine) {
        return fromProcess().declare(declared).api(api).commandLine(commandLine).resolve();
    }

    /**
     * Values from the API alone, for embedders and tests: nothing around the process is read.
     *
     * @throws McaException with every problem
     */
    public static McaParameters of(Map<String, String> api, Collection<? extends Parameter<?>> declared) {
        return builder().declare(declared).api(api).resolve();
    }

    /**
     * The value of a parameter.
     *
     * @throws IllegalArgumentException if the parameter was not declared
     */
    public <T> T value(Parameter<T> parameter) {
        return entry(parameter).value();
    }

    /**
     * Who set it.
     *
     * @throws IllegalArgumentException if the parameter was not declared
     */
    public Origin origin(Parameter<?> parameter) {
        return entry(parameter).origin();
    }

    /**
     * Whether nobody set it.
     *
     * @throws IllegalArgumentException if the parameter was not declared
     */
    public boolean isDefault(Parameter<?> parameter) {
        return origin(parameter).kind() == Origin.Kind.DEFAULT;
    }

    /** What somebody set for an integer that is known by its name alone; empty where nobody did, or none is called so. */
    public OptionalInt givenInteger(String name) {
        ParameterValue<?> found = values.get(name);
        if (found == null
                || found.origin().kind() == Origin.Kind.DEFAULT
                || !(found.value() instanceof Integer value)) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(value);
    }

    /** All parameters with value and origin, in the order of their declaration. */
    public List<ParameterValue<?>> all() {
        return List.copyOf(values.values());
    }

    /**
     * What was set, rightly for Open MPI, and changes nothing here: each name once, as its strongest source has it. What is
     * Open MPI's business altogether, such as {@code pml}, is not among it.
     */
    public List<WithoutEffect> withoutEffect() {
        return withoutEffect;
    }

    /**
     * What is not wrong but may surprise, a sentence each: a value that the override file hides, a name that has no effect, a
     * deprecated name in a file, a name left to Open MPI that looks like one of ours mistyped. Nobody has been told yet. All
     * processes of a host find the same, and so does the launcher: whoever acts on the parameters {@linkplain #tell tells} of
     * them in one process of each host.
     */
    public List<String> warnings() {
        return warnings;
    }

    /** What nobody need be told who does not ask: a sentence for each value that is left to Open MPI. */
    public List<String> notes() {
        return notes;
    }

    /** Hands all {@link #warnings} to the one and all {@link #notes} to the other, such as {@code LOG::warn, LOG::info}. */
    public void tell(Consumer<? super String> warn, Consumer<? super String> inform) {
        warnings.forEach(warn);
        notes.forEach(inform);
    }

    /** Tells of all {@link #warnings} and {@link #notes} in the log. */
    public void tell() {
        if (!warnings.isEmpty() || !notes.isEmpty()) {
            ParameterLog.tell(this);
        }
    }

    /**
     * All values in the format of a parameter file, which gives the same values when it is read. A secret is left out,
     * with a comment in its place.
     */
    public String toFileText() {
        StringBuilder text = new StringBuilder();
        for (ParameterValue<?> value : values.values()) {
            String name = value.parameter().name();
            if (value.parameter().isSecret()) {
                text.append("# ").append(name).append(" is secret\n");
            } else {
                text.append(name)
                        .append(" = ")
                        .append(ParameterFile.quote(value.text()))
                        .append('\n');
            }
        }
        return text.toString();
    }

    private <T> ParameterValue<T> entry(Parameter<T> parameter) {
        ParameterValue<?> found = values.get(parameter.name());
        if (found == null || found.parameter() != parameter) {
            throw new IllegalArgumentException("parameter " + parameter.name()
                    + " was not declared to these McaParameters; add its ParameterDeclarations before resolve()");
        }
        @SuppressWarnings("unchecked") // The entry holds this very parameter, hence its type.
        ParameterValue<T> value = (ParameterValue<T>) found;
        return value;
    }

    /** Gathers declarations and sources in any order; used by one thread. */
    public static final class Builder {
        private final List<Parameter<?>> declared = new ArrayList<>();
        private final List<NameWithoutEffect> namesWithoutEffect = new ArrayList<>();
        private final List<OpenMpisAlone<?>> openMpisAlone = new ArrayList<>();
        private final List<Supplier<Source>> overrides = new ArrayList<>();
        private final List<Setting> api = new ArrayList<>();
        private final List<Setting> commandLine = new ArrayList<>();
        private final List<Source> launcher = new ArrayList<>();
        private final List<Source> environment = new ArrayList<>();
        private final List<Supplier<Source>> files = new ArrayList<>();
        private final List<Supplier<Source>> hocon = new ArrayList<>();
        private @Nullable Function<McaParameters, List<Source>> standardFiles;

        private Builder() {}

        /** Adds parameters; the same instance may be added more than once. */
        public Builder declare(Collection<? extends Parameter<?>> parameters) {
            declared.addAll(parameters);
            return this;
        }

        /** Adds a component's parameters, its names without effect, and what it leaves to Open MPI. */
        public Builder declare(ParameterDeclarations declarations) {
            namesWithoutEffect.addAll(declarations.namesWithoutEffect());
            declarations.openMpisAlone().forEach(this::leaveToOpenMpi);
            return declare(declarations.parameters());
        }

        /**
         * Passes over values that stand in parameter files and make no sense but for Open MPI, which reads the same files: such
         * a value counts as not set, {@link McaParameters#withoutEffect()} has it, and a note tells.
         */
        public Builder leaveToOpenMpi(OpenMpisAlone<?> values) {
            openMpisAlone.add(values);
            return this;
        }

        /** A file whose values nothing beats; read by {@link #resolve()} if it exists. */
        public Builder overrideFile(Path path) {
            overrides.add(() -> ParameterFile.read(path, Origin.Kind.OVERRIDE_FILE, false));
            return this;
        }

        /** Values that the program sets. */
        public Builder api(Map<String, String> values) {
            values.forEach((name, text) -> api.add(new Setting(name, text, new Origin(Origin.Kind.API, ""))));
            return this;
        }

        /** Values from options such as {@code --mca name value}. */
        public Builder commandLine(Map<String, String> values) {
            values.forEach(this::commandLine);
            return this;
        }

        /** One option {@code --mca name value}; a name that comes twice with different values is a problem. */
        public Builder commandLine(String name, String text) {
            Origin origin = new Origin(Origin.Kind.COMMAND_LINE, "--mca " + name);
            commandLine.add(new Setting(name, text, origin));
            return this;
        }

        /** Environment variables; only those named {@code OMPI_MCA_...} count. */
        public Builder environment(Map<String, String> variables) {
            launcher.add(McaEnvironment.commandLineOf(variables));
            environment.add(McaEnvironment.environmentOf(variables));
            return this;
        }

        /** A file that must exist, weaker than those added before; read by {@link #resolve()}. */
        public Builder file(Path path) {
            files.add(() -> ParameterFile.read(path, Origin.Kind.FILE, true));
            return this;
        }

        /** HOCON as typesafe-config finds it for this process; read by {@link #resolve()}. */
        public Builder hocon() {
            return hocon(HoconSource::standard);
        }

        Builder hocon(Supplier<Source> source) {
            hocon.add(source);
            return this;
        }

        /** Files that depend on the values of {@link MechanismParameters}. */
        Builder standardFiles(Function<McaParameters, List<Source>> reader) {
            standardFiles = reader;
            return this;
        }

        /**
         * Resolves everything declared.
         *
         * @throws McaException with every problem
         */
        public McaParameters resolve() {
            return new Resolution(declared, namesWithoutEffect, openMpisAlone).resolve(sources());
        }

        /**
         * A first look at a few parameters, for what must be known before all components are found, such as
         * {@link MechanismParameters#COMPONENT_PATH}. Judges nothing: a wrong value counts as not set, and
         * {@link #resolve()}, which must follow, tells it with all others.
         */
        public McaParameters resolveOnly(Collection<? extends Parameter<?>> parameters) {
            return new Resolution(parameters).preview(sources());
        }

        private List<Source> sources() {
            List<Source> sources = strongSources();
            if (standardFiles != null) {
                McaParameters mechanism = new Resolution(new MechanismParameters().parameters()).preview(sources);
                sources.addAll(standardFiles.apply(mechanism));
            }
            files.forEach(file -> sources.add(file.get()));
            hocon.forEach(source -> sources.add(source.get()));
            return sources;
        }

        private List<Source> strongSources() {
            List<Source> sources = new ArrayList<>();
            overrides.forEach(file -> sources.add(file.get()));
            sources.add(new Source(false, api, List.of()));
            sources.add(new Source(false, commandLine, List.of()));
            sources.addAll(launcher);
            sources.addAll(environment);
            return sources;
        }
    }
}
