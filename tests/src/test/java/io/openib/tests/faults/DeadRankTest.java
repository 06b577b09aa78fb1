package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A rank dies: its peers hear who it was, and the job ends with its status. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DeadRankTest {
    /** Of an attempt to connect, by either wireup. */
    static final long DEADLINE_MS = 10_000;

    private static final String HEARD = "heard after ms ";

    private static Openib start(String wireup, String... arguments) {
        return Openib.start(Openib.LIGHT, command(wireup, arguments));
    }

    static String[] command(String wireup, String... arguments) {
        List<String> command = new ArrayList<>(List.of("run", "-n", "3", "--mca", "btl_openib_cpc", wireup));
        String deadline = Long.toString(DEADLINE_MS);
        command.addAll(List.of("--mca", "btl_openib_connect_oob_timeout", deadline));
        command.addAll(List.of("--mca", "btl_openib_connect_rdmacm_connect_timeout", deadline));
        command.addAll(List.of("-cp", Openib.TEST_CLASSES, MortalRank.class.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource({"oob, joined", "rdmacm, joined", "oob, during", "rdmacm, during"})
    void shouldTellThePeersOfARankThatDiesBeforeItIsConnected(String wireup, String when) {
        try (Openib job = start(wireup, when)) {
            Openib.Outcome outcome = job.end().hasStatus(9).tells("openib run: rank 1 (pid ", "ended with status 9");
            assertPeersWereTold(outcome);
            assertPeersHeardInTime(outcome);
        }
    }

    /** From a peer's first send on. */
    private static void assertPeersHeardInTime(Openib.Outcome outcome) {
        assertThat(outcome.out().stream()
                        .filter(line -> line.startsWith(HEARD))
                        .map(line -> Long.parseLong(line.substring(HEARD.length()))))
                .as(outcome.toString())
                .hasSize(2)
                .allMatch(ms -> ms < DEADLINE_MS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldEndTheJobWhenARankDiesBeforeItJoins(String wireup, @TempDir Path folder) {
        try (Openib job = start(wireup, "before", folder.toString())) {
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
