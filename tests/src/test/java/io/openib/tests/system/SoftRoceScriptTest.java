package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code tests/soft-roce/run} says to whom it cannot serve, before it builds or boots anything. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SoftRoceScriptTest {
    private static Openib.Outcome run(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Openib.HOME.resolve("tests/soft-roce/run").toString()));
        command.addAll(List.of(arguments));
        // An RDMA port of the machine makes no difference then.
        try (Openib script = Openib.startCommand(Map.of("SOFT_ROCE_FORCE", "yes"), command)) {
            return script.end();
        }
    }

    @Test
    void shouldSayWhichTestsThereAreWhenOneIsNone() {
        Openib.Outcome outcome = run("suites", "NoSuchTest#shouldBe").hasStatus(2);
        outcome.tells("there is no test NoSuchTest#shouldBe", "cross-ffm", "a test class", "run -- ");
        assertThat(outcome.out()).isEmpty();
    }

    @Test
    void shouldAskForTheCommandThatIsMissing() {
        run("--").hasStatus(1).tells("give a command after --");
    }
}
