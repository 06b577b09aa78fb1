package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A rank dies: its peers hear who it was, and the job ends with its status. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DeadRankTest {
    private static Openib start(String wireup, String when) {
        return Openib.start(Map.of(), command(wireup, when));
    }

    static String[] command(String wireup, String when) {
        return new String[] {
            "run",
            "-n",
            "3",
            "--mca",
            "btl_openib_cpc",
            wireup,
            "-cp",
            Openib.TEST_CLASSES,
            MortalRank.class.getName(),
            when
        };
    }

    @ParameterizedTest
    @CsvSource({"oob, joined", "rdmacm, joined", "oob, during", "rdmacm, during"})
    void shouldTellThePeersOfARankThatDiesBeforeItIsConnected(String wireup, String when) {
        try (Openib job = start(wireup, when)) {
            Openib.Outcome outcome = job.end().hasStatus(9).tells("openib run: rank 1 (pid ", "ended with status 9");
            assertPeersWereTold(outcome);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldEndTheJobWhenARankDiesBeforeItJoins(String wireup) {
        try (Openib job = start(wireup, "before")) {
            Openib.Outcome outcome = job.end().hasStatus(9).tells("openib run: rank 1 (pid ", "ended with status 9");
            outcome.tells("rank 1", "rank 0 of 3").tells("rank 1", "rank 2 of 3");
            assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("sending SIG"));
        }
    }

    static void assertPeersWereTold(Openib.Outcome outcome) {
        for (int rank : new int[] {0, 2}) {
            String start = "told rank " + rank + " of rank 1: ";
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith(start) && line.contains("rank 1"));
        }
        assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("sending SIG"));
    }
}
