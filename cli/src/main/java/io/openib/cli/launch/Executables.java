package io.openib.cli.launch;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** Commands of the system, as a shell would find them. */
final class Executables {
    private Executables() {}

    static Optional<Path> find(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .filter(directory -> !directory.isEmpty())
                .flatMap(directory -> path(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** None of a directory whose name this process's locale does not have. */
    private static Stream<Path> path(String directory, String name) {
        try {
            return Stream.of(Path.of(directory, name));
        } catch (InvalidPathException e) {
            return Stream.empty();
        }
    }
}
