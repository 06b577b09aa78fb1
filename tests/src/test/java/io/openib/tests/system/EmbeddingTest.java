package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/embedding.md says is true: the artifacts are those that components come from, and there are no others; its example compiles, and
 * {@link TwoHostsTest} joins in the same way. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class EmbeddingTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z-]+)` \\| (compile|runtime)");
    private static final Path PAGE = Openib.HOME.resolve("docs/embedding.md");
    private static final List<String> SERVICES = List.of(
            "io.openib.btl.BtlComponent",
            "io.openib.wireup.WireupComponent",
            "io.openib.verbs.VerbsProvider",
            "io.openib.verbs.jna.calls.HotCallsComponent");

    private static boolean hasComponent(Path module) {
        Path services = module.resolve("src/main/resources/META-INF/services");
        return SERVICES.stream().anyMatch(service -> Files.exists(services.resolve(service)));
    }

    @Test
    void shouldPrintAnExampleThatCompiles(@TempDir Path folder) throws IOException {
        PrintedExample.compile(PAGE, "Membership.java", folder);
    }

    @Test
    void shouldNameTheArtifactOfEveryComponent() throws IOException {
        TreeSet<String> named = new TreeSet<>(ROW.matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList());
        TreeSet<String> there = new TreeSet<>(List.of("btl"));
        try (Stream<Path> modules = Files.list(Openib.HOME)) {
            modules.filter(EmbeddingTest::hasComponent)
                    .forEach(module -> there.add(module.getFileName().toString()));
        }
        assertThat(named).isEqualTo(there);
    }
}
