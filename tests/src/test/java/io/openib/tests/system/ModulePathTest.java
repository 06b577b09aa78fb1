package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Launcher and ranks as modules; the script runs them from the class path. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ModulePathTest {
    private static Openib.Outcome run(String... arguments) {
        Path target = Openib.HOME.resolve("cli/target");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-p",
                target.resolve("openib.jar") + ":" + target.resolve("lib"),
                "-m",
                "io.openib.cli/io.openib.cli.Main"));
        command.addAll(List.of(arguments));
        try (Openib openib = Openib.startCommand(Map.of(), command)) {
            return openib.end();
        }
    }

    @Test
    void shouldRunAProgramFromTheModulePath() {
        Openib.Outcome outcome = run("run", "-n", "2", "limits", "--json").hasStatus(0);

        assertThat(outcome.out())
                .as(outcome.toString())
                .singleElement()
                .asString()
                .matches("\\{\"program\":\"limits\",\"cache_line_half_round_trip_us\":[0-9.]+,"
                        + "\"memcpy_mb_per_s\":[0-9.]+\\}");
    }

    @Test
    void shouldShowWhatThereIs() {
        Openib.Outcome outcome = run("info").hasStatus(0);

        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.startsWith("parameter btl = "));
    }
}
