package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rank is killed: its peers hear who it was, the job ends with its status, and nothing of it remains. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
public abstract class KilledRankCases {
    private final Map<String, String> environment;

    /** Jobs are started with these environment variables. */
    protected KilledRankCases(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Looks at what the killed process has left, once the job is over. */
    protected abstract void afterwards(long victim);

    @ParameterizedTest
    @CsvSource({"oob, connecting", "rdmacm, connecting", "oob, after", "rdmacm, after"})
    void shouldTellThePeersOfARankThatIsKilled(String wireup, String when) throws IOException {
        try (Openib job = Openib.start(environment, DeadRankTest.command(wireup, when))) {
            String ready = job.awaitLine(line -> line.startsWith("ready "));
            String pid = ready.substring("ready ".length());
            Openib.kill("KILL", Long.parseLong(pid));

            Openib.Outcome outcome = job.end().hasStatus(137).tells("openib run: rank 1 (pid ", "signal 9 (SIGKILL)");
            DeadRankTest.assertPeersWereTold(outcome);
            String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith("told rank 0") && line.contains(pid) && line.contains(host));
            afterwards(Long.parseLong(pid));
        }
    }
}
