package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code tests/soft-roce/tests} makes of JUnit's output: a run in which nothing ran, or too little, has failed. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SoftRoceReportTest {
    private static final String SKIPPED_TEST =
            "JUnit Jupiter > LoopbackTest > shouldCarry(VerbsFixture) :: ABORTED\n\tassumption: not here\n";
    private static final String SKIPPED_CLASS = "JUnit Jupiter > LostTest :: SKIPPED\n\tReason: no device\n";

    @TempDir
    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path folder;

    private static String end(int skipped, int successful) {
        return "JUnit Jupiter > LoopbackTest > shouldSend() :: SUCCESSFUL\n\nTest run finished after 7 ms\n[         "
                + skipped + " tests aborted         ]\n[         " + successful
                + " tests successful      ]\n[         0 tests failed          ]\n";
    }

    private Openib.Outcome report(String log, String... expected) throws IOException {
        Path skips = Files.write(folder.resolve("skips"), List.of(expected));
        Path file = Files.writeString(folder.resolve("log"), log);
        String script = Openib.HOME.resolve("tests/soft-roce/report.awk").toString();
        List<String> command = List.of("awk", "-v", "expected=" + skips, "-f", script, file.toString());
        try (Openib awk = Openib.startCommand(Map.of(), command)) {
            return awk.end();
        }
    }

    @Test
    void shouldTellWhatWasSkippedAndWhy() throws IOException {
        Openib.Outcome outcome = report(
                        SKIPPED_TEST + SKIPPED_CLASS + end(1, 1),
                        "# these",
                        "*#shouldCarry  # reason",
                        "LostTest  # gone")
                .hasStatus(0);
        assertThat(outcome.out())
                .as(outcome.toString())
                .contains("LostTest :: SKIPPED: Reason: no device")
                .contains("LoopbackTest > shouldCarry(VerbsFixture) :: ABORTED: assumption: not here");
    }

    @Test
    void shouldRefuseASkipThatIsNotExpected() throws IOException {
        for (String other : List.of("*#shouldCarryOn", "OtherTest#shouldCarry", "OtherTest", "# LoopbackTest")) {
            Openib.Outcome outcome = report(SKIPPED_TEST + end(1, 1), other).hasStatus(1);
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith("not expected: LoopbackTest > shouldCarry("));
        }
        report(SKIPPED_TEST + end(1, 1), "LoopbackTest#shouldCarry  # why").hasStatus(0);
        report(SKIPPED_CLASS + end(0, 1), "OtherTest").hasStatus(1);
    }

    @Test
    void shouldRefuseARunInWhichNothingSucceeded() throws IOException {
        Openib.Outcome outcome =
                report(SKIPPED_CLASS + end(0, 0), "LostTest  # gone").hasStatus(1);
        assertThat(outcome.out()).as(outcome.toString()).contains("no test has succeeded");
    }

    @Test
    void shouldShowTheLastOfARunThatDidNotEnd() throws IOException {
        Openib.Outcome outcome = report(
                        "JUnit Jupiter > LoopbackTest > shouldHang() :: STARTED\nFull thread dump\nmain\n")
                .hasStatus(1);
        assertThat(outcome.out())
                .as(outcome.toString())
                .containsSubsequence("LoopbackTest > shouldHang() :: STARTED", "main");
    }
}
