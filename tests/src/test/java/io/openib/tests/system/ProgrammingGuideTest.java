package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example of docs/programming.md runs as it is printed. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProgrammingGuideTest {
    private static void compile(Path folder) throws IOException {
        List<String> lines = Files.readAllLines(Openib.HOME.resolve("docs/programming.md"));
        int first = lines.indexOf("```java");
        int last = first + lines.subList(first, lines.size()).indexOf("```");
        Path source = Files.write(folder.resolve("Exchange.java"), lines.subList(first + 1, last));
        String jar = Openib.HOME.resolve("cli/target/openib.jar").toString();
        int status = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-Xlint:all", "-cp", jar, "-d", folder.toString(), source.toString());
        assertThat(status).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldHaveEachRankHoldItsNeighboursBlock(int size, @TempDir Path folder) throws IOException {
        compile(folder);
        Openib.Outcome outcome = Openib.run("run", "-n", Integer.toString(size), "-cp", folder.toString(), "Exchange")
                .hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        assertThat(outcome.out())
                .as(outcome.toString())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, size)
                        .mapToObj(rank -> "rank " + rank + " has the block of rank " + Math.floorMod(rank - 1, size))
                        .toList());
    }
}
