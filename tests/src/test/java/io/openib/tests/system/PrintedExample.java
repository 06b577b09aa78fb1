package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;

/** The first Java example of a page, as it is printed there. */
final class PrintedExample {
    private PrintedExample() {}

    /** Its lines. */
    static List<String> lines(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        int first = lines.indexOf("```java");
        assertThat(first).as("%s has a Java example", page).isNotNegative();
        int last = lines.subList(first, lines.size()).indexOf("```") + first;
        return lines.subList(first + 1, last);
    }

    /** Compiles it, without a warning, against what a program sees; source and classes are in the folder then. */
    static void compile(Path page, String file, Path folder) throws IOException {
        Path source = Files.write(folder.resolve(file), lines(page));
        String jar = Openib.HOME.resolve("cli/target/openib.jar").toString();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-Xlint:all", "-Werror", "-cp", jar, "-d", folder.toString(), source.toString());
        assertThat(status).isZero();
    }
}
