package io.openib.cli.launch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What each rank runs on the Java that runs this process.
 *
 * @param javaArguments for the virtual machine: options, and where classes are
 * @param main a class name, or {@code -m} and a module's
 * @param arguments for its {@code main}
 */
public record RankCommand(List<String> javaArguments, List<String> main, List<String> arguments) {
    private static final int NATIVE_ACCESS_RELEASE = 24;

    /** Copies the lists. */
    public RankCommand {
        javaArguments = List.copyOf(javaArguments);
        main = List.copyOf(main);
        arguments = List.copyOf(arguments);
    }

    List<String> line() {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= NATIVE_ACCESS_RELEASE) {
            line.add("--enable-native-access=ALL-UNNAMED");
        }
        line.addAll(javaArguments);
        line.addAll(main);
        line.addAll(arguments);
        return line;
    }
}
