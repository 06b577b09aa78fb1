package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What of a wireup is loaded in a job that goes by another. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LoadedClassesTest {
    private static final String OOB = "io.openib.wireup.oob.";
    private static final String NETTY = "io.netty.";
    private static final String RDMACM = "io.openib.wireup.rdmacm.";

    /** The classes that launcher and ranks load, of the wireups and of netty; each process writes a log of its own. */
    private static List<String> loadedBy(String wireup, Path logs) throws IOException {
        Map<String, String> environment =
                Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + logs.resolve("%p.classes"));
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dopenib.archive=/none",
                "-cp",
                Openib.HOME.resolve("cli/target/openib.jar").toString(),
                "io.openib.cli.Main",
                "run",
                "-n",
                "2",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "ring",
                "--laps",
                "2");
        try (Openib openib = Openib.startCommand(environment, command)) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            assertThat(outcome.toString()).contains("connected by " + wireup);
        }
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(logs)) {
            List<Path> all = files.toList();
            assertThat(all).as("the launcher's and the ranks'").hasSizeGreaterThanOrEqualTo(3);
            for (Path file : all) {
                Files.readAllLines(file).stream()
                        .map(line -> line.replaceFirst("^(\\[[^]]*])+ *", "").replaceFirst(" .*", ""))
                        .filter(name -> name.startsWith(OOB) || name.startsWith(NETTY) || name.startsWith(RDMACM))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** The provider, since it is asked for its name and its parameters, which users may set, and what declares these. */
    @Test
    void shouldLoadOfOobTheProviderAndItsParametersAloneWhereAJobGoesByRdmacm(@TempDir Path logs) throws IOException {
        assertThat(loadedBy("rdmacm", logs))
                .filteredOn(name -> !name.startsWith(RDMACM))
                .contains(OOB + "OobComponent", OOB + "OobParameters")
                .allMatch(name -> name.equals(OOB + "OobComponent") || name.matches(OOB + "OobParameters(\\$\\$.*)?"));
    }

    /** So the logs tell. */
    @Test
    void shouldLoadTheRestWhereAJobGoesByOob(@TempDir Path logs) throws IOException {
        assertThat(loadedBy("oob", logs)).contains(OOB + "OobModule").anyMatch(name -> name.startsWith(NETTY));
    }
}
