package io.openib.mca;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Where a process looks for parameters when nobody says otherwise. */
record StandardSources(Map<String, String> environment, Path home, Path systemDirectory, Supplier<Source> hocon) {
    private static final String SYSTEM_DIRECTORY = "/etc/openmpi";
    private static final List<Path> NO_FILES = List.of(Path.of("none"));

    static StandardSources ofProcess() {
        Map<String, String> environment = System.getenv();
        return new StandardSources(environment, home(environment), systemDirectory(environment), HoconSource::standard);
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
        return McaParameters.builder()
                .declare(new MechanismParameters())
                .overrideFile(systemDirectory.resolve("openmpi-mca-params-override.conf"))
                .environment(environment)
                .standardFiles(this::files)
                .hocon(hocon);
    }

    /** The files to read, given what the stronger sources say about that. */
    private List<Source> files(List<Path> named) {
        if (named.isEmpty()) {
            return List.of(
                    ParameterFile.read(home.resolve(".openmpi/mca-params.conf"), Origin.Kind.FILE, false),
                    ParameterFile.read(systemDirectory.resolve("openmpi-mca-params.conf"), Origin.Kind.FILE, false));
        }
        if (named.equals(NO_FILES)) {
            return List.of();
        }
        return named.stream()
                .map(file -> ParameterFile.read(file, Origin.Kind.FILE, true))
                .toList();
    }
}
