package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.openib.tests.system.Openib.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What takes long shows on a terminal that it goes on, also before the first of its steps is done. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProgressTest {
    private static final Path SCRIPT = Path.of("/usr/bin/script");

    @Test
    void shouldShowABarOnATerminalWhileTheOnlyRowIsMeasured() {
        assumeTrue(Files.isExecutable(SCRIPT), "needs script, of util-linux, for a pseudo terminal");
        String openib = Openib.HOME.resolve("openib").toString();
        String pingpong = openib + " run -n 2 pingpong --sizes 8 --time 1500 --warmup 0";
        try (Openib started =
                Openib.startCommand(Map.of(), List.of(SCRIPT.toString(), "-qec", pingpong, "/dev/null"))) {
            Outcome outcome = started.end().hasStatus(0);
            String shown = String.join("\n", outcome.out());
            assertThat(shown)
                    .as(outcome.toString())
                    .containsPattern("pingpong +0% \\[")
                    .contains("0/1", "median us");
            assertThat(shown.indexOf("0/1")).isLessThan(shown.indexOf("median us"));
        }
    }

    @Test
    void shouldShowNoBarWhereThereIsNoTerminal() {
        Outcome outcome = Openib.run("run", "-n", "2", "pingpong", "--sizes", "8", "--time", "1500", "--warmup", "0")
                .hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        assertThat(outcome.out()).as(outcome.toString()).noneMatch(line -> line.contains("0/1"));
    }
}
