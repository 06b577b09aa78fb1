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
 * @param isArchived whether its class path begins with this process's, for which there may be an archive of classes
 */
public record RankCommand(List<String> javaArguments, List<String> main, List<String> arguments, boolean isArchived) {
    /** Earlier ones have nothing to allow, and 22 and 23 warn of java.lang.foreign alone. */
    private static final int NATIVE_ACCESS_RELEASE = 22;

    private static final List<String> NATIVE_MODULES = List.of("com.sun.jna", "io.openib.verbs.ffm");

    /** Copies the lists. */
    public RankCommand {
        javaArguments = List.copyOf(javaArguments);
        main = List.copyOf(main);
        arguments = List.copyOf(arguments);
    }

    List<String> line(int rank) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (Runtime.version().feature() >= NATIVE_ACCESS_RELEASE) {
            line.add("--enable-native-access=" + nativeAccess());
        }
        if (isArchived) {
            line.addAll(ClassArchive.options(rank));
        }
        line.addAll(javaArguments);
        line.addAll(main);
        line.addAll(arguments);
        return line;
    }

    /** Classes of the class path, and modules that are there: for others Java prints a warning. */
    private static String nativeAccess() {
        List<String> allowed = new ArrayList<>(List.of("ALL-UNNAMED"));
        NATIVE_MODULES.stream()
                .filter(name -> ModuleLayer.boot().findModule(name).isPresent())
                .forEach(allowed::add);
        return String.join(",", allowed);
    }
}
