package io.openib.mca;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a process looks for parameters when nobody says otherwise.
 *
 * @param home null where the environment names a folder that has no name in this locale, and so for the system's
 */
record StandardSources(
        Map<String, String> environment, @Nullable Path home, @Nullable Path systemDirectory, Supplier<Source> hocon) {
    private static final String SYSTEM_DIRECTORY = "/etc/openmpi";
    private static final List<Path> NO_FILES = List.of(Path.of("none"));

    static StandardSources ofProcess() {
        Map<String, String> environment = System.getenv();
        return new StandardSources(
                environment,
                orNull(StandardSources::home, environment),
                orNull(StandardSources::systemDirectory, environment),
                HoconSource::standard);
    }

    private static @Nullable Path orNull(Function<Map<String, String>, Path> folder, Map<String, String> environment) {
        try {
            return folder.apply(environment);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Where the administrator's files are: Open MPI, too, can be told of another place by OPAL_SYSCONFDIR. */
    static Path systemDirectory(Map<String, String> environment) {
        String other = environment.getOrDefault("OPAL_SYSCONFDIR", "");
        return Path.of(other.isEmpty() ? SYSTEM_DIRECTORY : other);
    }

    /** What {@code ~} means: HOME, as everywhere else, or what Java takes for it where there is none. */
    static Path home(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home", "") : home);
    }

    McaParameters.Builder builder() {
        McaParameters.Builder builder = McaParameters.builder()
                .declare(new MechanismParameters())
                .environment(environment)
                .standardFiles(this::files)
                .hocon(hocon);
        return systemDirectory == null
                ? builder
                : builder.overrideFile(systemDirectory.resolve("openmpi-mca-params-override.conf"));
    }

    /** The files to read, strongest first, given what the stronger sources say about that. */
    private List<Source> files(McaParameters mechanism) {
        List<Path> path = mechanism.value(MechanismParameters.FILE_PATH);
        List<Source> files = new ArrayList<>();
        for (Path file : mechanism.value(MechanismParameters.TUNE_FILES)) {
            files.add(readNamed(found(file, path)));
        }
        for (Path file : mechanism.value(MechanismParameters.AMCA_FILES)) {
            files.add(readNamed(found(file, path)));
        }
        List<Path> named = mechanism.value(MechanismParameters.PARAM_FILES);
        if (named.isEmpty()) {
            files.add(readStandard("HOME", home, ".openmpi/mca-params.conf"));
            files.add(readStandard("OPAL_SYSCONFDIR", systemDirectory, "openmpi-mca-params.conf"));
        } else if (!named.equals(NO_FILES)) {
            named.forEach(file -> files.add(readNamed(file)));
        }
        return files;
    }

    /** Where a file is, which need not be in the current directory; as it is named where it is nowhere. */
    private static Path found(Path file, List<Path> path) {
        return path.stream()
                .map(directory -> directory.resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElse(file);
    }

    private static Source readNamed(Path file) {
        return ParameterFile.read(file, Origin.Kind.FILE, true);
    }

    private static Source readStandard(String variable, @Nullable Path folder, String name) {
        return folder == null
                ? Source.unseen("the environment variable " + variable
                        + " names a folder in letters that this locale lacks, so " + name
                        + " in it is not read; set LC_ALL=C.UTF-8")
                : ParameterFile.read(folder.resolve(name), Origin.Kind.FILE, false);
    }
}
