package io.openib.cli.launch;

import java.util.List;
import java.util.stream.Stream;

/**
 * What users tell every Java by the environment, which ours gives way to: a second choice of a collector keeps a virtual machine
 * from starting, and a log that is turned off again stays empty. The script {@code openib} does the same.
 */
public final class UserJavaOptions {
    private static final List<String> VARIABLES = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    private UserJavaOptions() {}

    private static Stream<String> words() {
        return VARIABLES.stream()
                .flatMap(
                        name -> Stream.of(System.getenv().getOrDefault(name, "").split("\\s+")));
    }

    /** Whether they choose a collector. */
    public static boolean chooseCollector() {
        return words().anyMatch(word -> word.matches("-XX:\\+Use\\w*GC"));
    }

    /** Whether they choose between the two compilers, or when these come in. */
    public static boolean chooseCompiler() {
        return words().anyMatch(
                        word -> word.matches(
                                "-Xint|-Xcomp|-XX:(Tier\\d|CompileThreshold|TieredStopAtLevel=|[+-]TieredCompilation|CompilationMode=).*"));
    }

    /** Whether they say what the virtual machine is to log. */
    static boolean chooseLog() {
        return words().anyMatch(word -> word.startsWith("-Xlog"));
    }
}
