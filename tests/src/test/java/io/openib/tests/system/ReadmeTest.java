package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What README.md says is true. */
@Timeout(value = 2 * ReadmeTest.LIMIT_S, unit = TimeUnit.SECONDS)
class ReadmeTest {
    /** The commands measure in full, from 10 s on; beside the build of a kernel the first one took 38. */
    static final long LIMIT_S = 120;

    private static final Path README = Openib.HOME.resolve("README.md");
    private static final int MOST_LINES = 39;

    /** The commands of README.md, without those that need what they are part of: Maven, and the example. */
    static Stream<String> commands() throws IOException {
        return Files.readAllLines(README).stream()
                .filter(line -> line.startsWith("    ./openib "))
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.endsWith(" Hello"));
    }

    @Test
    void shouldShowTheExampleEarlyAndKeepItShort() throws IOException {
        List<String> lines = Files.readAllLines(README);

        assertThat(lines.indexOf("```java") + 1).isLessThan(40);
        assertThat(PrintedExample.lines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
        assertThat(PrintedExample.lines(README).stream().filter(line -> line.startsWith("import io.openib.")))
                .allMatch(line -> line.startsWith("import io.openib.btl."));
    }

    @Test
    void shouldCompileAndRunTheExampleAsItIsPrinted(@TempDir Path folder) throws IOException {
        PrintedExample.compile(README, "Hello.java", folder);

        Openib.Outcome outcome =
                Openib.run("run", "-n", "2", "-cp", folder.toString(), "Hello").hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).containsExactly("rank 0 says: hello");
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        Openib.run("run", "-n", "3", "-cp", folder.toString(), "Hello").hasStatus(0);
        outcome =
                Openib.run("run", "-n", "1", "-cp", folder.toString(), "Hello").hasStatus(1);
        assertThat(outcome.toString()).contains("there is no rank 1");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldRunEachCommand(String command) {
        List<String> line = new ArrayList<>(List.of(command.split(" +")));
        line.set(0, Openib.HOME.resolve("openib").toString());
        try (Openib openib = Openib.startCommand(Map.of(), line)) {
            Openib.Outcome outcome = openib.end(LIMIT_S).hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).isNotEmpty();
        }
    }

    @Test
    void shouldLinkToWhatIsThere() throws IOException {
        Matcher links = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(README));

        int found = 0;
        while (links.find()) {
            found++;
            assertThat(Openib.HOME.resolve(links.group(1))).exists();
        }
        assertThat(found).isPositive();
    }
}
