package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A rank stands still in the midst of an operation on another one's memory, as one does that is stopped there. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StandingRankTest {
    private static final String STANDS = "soft_fault_point announced reached by process ";

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldNotKeepItsPeerFromClosing(String wireup) {
        try (Openib job = Openib.start(
                Openib.LIGHT,
                "run",
                "-n",
                "2",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "-cp",
                Openib.TEST_CLASSES,
                StandingRank.class.getName())) {
            String stands = job.awaitErrorLine(line -> line.contains(STANDS));
            long pid = Long.parseLong(stands.substring(stands.indexOf(STANDS) + STANDS.length()));
            job.say("close");
            job.awaitLine(line -> line.equals("closed"));
            assertThat(ProcessHandle.of(pid)).as("it stands all the while").isPresent();

            Openib.kill("KILL", pid);
            Openib.Outcome outcome = job.end().hasStatus(137);
            assertThat(outcome.err())
                    .as("everything was given back: " + outcome)
                    .noneMatch(line -> line.contains("could not be destroyed") || line.contains("stay open"));
        }
    }
}
