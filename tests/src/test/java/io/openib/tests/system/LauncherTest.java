package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LauncherTest {
    private static Openib start(int ranks, String... arguments) {
        return Openib.start(Map.of(), command(ranks, arguments));
    }

    private static Openib.Outcome run(int ranks, String... arguments) {
        return Openib.run(command(ranks, arguments));
    }

    private static String[] command(int ranks, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "run", "-n", Integer.toString(ranks), "-cp", Openib.TEST_CLASSES, LaunchedRank.class.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    @Test
    void shouldGiveEachRankItsPlaceAndTheSecretButNotInItsArguments() {
        Openib.Outcome outcome = run(3, "tell").hasStatus(0);

        assertThat(outcome.out()).as(outcome.toString()).hasSize(3);
        for (int rank = 0; rank < 3; rank++) {
            String start = rank + " of 3 ";
            assertThat(outcome.out())
                    .as(outcome.toString())
                    .anyMatch(line -> line.startsWith(start) && line.contains("secret:32 inArgv:false"));
        }
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldBindRanksToCoresOfTheirOwnUnlessToldOtherwise() {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two cores");
        Openib.Outcome bound = run(2, "tell").hasStatus(0);
        Openib.Outcome unbound = Openib.run(
                        "run",
                        "-n",
                        "2",
                        "--bind-to",
                        "none",
                        "-cp",
                        Openib.TEST_CLASSES,
                        LaunchedRank.class.getName(),
                        "tell")
                .hasStatus(0);

        assertThat(cores(bound)).as(bound.toString()).hasSize(2).allMatch(list -> list.matches("\\d+([,-]\\d+)*"));
        assertThat(cores(unbound)).as(unbound.toString()).hasSize(1);
    }

    private static List<String> cores(Openib.Outcome outcome) {
        return outcome.out().stream()
                .map(line -> line.replaceAll(".*Cpus_allowed_list:(\\S+).*", "$1"))
                .distinct()
                .toList();
    }

    @Test
    void shouldEndWithTheStatusOfTheFailedRankAndTellTheOthersOfIt() {
        Openib.Outcome outcome = run(3, "exit", "1", "42").hasStatus(42);

        assertThat(outcome.out())
                .as(outcome.toString())
                .hasSize(2)
                .allMatch(line -> line.startsWith("told: ") && line.contains("rank 1"));
        outcome.tells("openib run: rank 1 (pid ", "ended with status 42");
    }

    /** And not the one that could not go on without it. */
    @Test
    void shouldNameTheRankThatWasTheFirstToFailAlsoIfAnotherIsOverBeforeIt() {
        Openib.Outcome outcome = run(2, "linger").hasStatus(3);

        outcome.tells("openib run: rank 0 (pid ", "ended with status 3");
        assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("status 4"));
    }

    @Test
    void shouldNameTheSignalThatEndedARank() {
        try (Openib job = start(2, "wait")) {
            List<String> ready = job.awaitLines(2, line -> line.startsWith("ready"));
            String second = ready.stream()
                    .filter(line -> line.startsWith("ready 1 "))
                    .findFirst()
                    .orElseThrow();
            Openib.kill("KILL", pidOf(second));

            job.end().hasStatus(137).tells("openib run: rank 1 (pid ", "was ended by signal 9 (SIGKILL)");
            assertAllEnded(ready);
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
    void shouldPassSignalsOnAndLeaveNoChild(String signal, int status) {
        try (Openib job = start(2, "wait")) {
            List<String> ready = job.awaitLines(2, line -> line.startsWith("ready"));
            job.signal(signal);

            Openib.Outcome outcome = job.end().hasStatus(status);
            assertThat(outcome.out()).as(outcome.toString()).contains("ending 0", "ending 1");
            assertAllEnded(ready);
        }
    }

    @Test
    void shouldKillRanksThatDoNotEndWhenAskedTo() {
        try (Openib job = start(2, "hang")) {
            List<String> ready = job.awaitLines(2, line -> line.startsWith("ready"));
            job.signal("TERM");

            job.end().hasStatus(143).tells("still running: ranks 0, 1; sending SIGKILL");
            assertAllEnded(ready);
        }
    }

    @ParameterizedTest
    @CsvSource({"wait, INT, 130", "hang, TERM, 143"})
    void shouldLeaveNothingThatRanksHaveStarted(String program, String signal, int status) {
        try (Openib job = start(2, program, "parent")) {
            List<String> started = awaitFamilies(job);
            job.signal(signal);

            job.end().hasStatus(status);
            awaitAllEnded(started);
        }
    }

    /** Nobody knows any more from whom they descend. */
    @Test
    void shouldLeaveNothingThatAKilledRankHasStarted() {
        try (Openib job = start(2, "wait", "parent")) {
            List<String> started = awaitFamilies(job);
            String second = started.stream()
                    .filter(line -> line.startsWith("ready 1 "))
                    .findFirst()
                    .orElseThrow();
            Openib.kill("KILL", pidOf(second));

            job.end().hasStatus(137);
            awaitAllEnded(started);
        }
    }

    /** Of each rank the rank, its child and its grandchild. */
    private static List<String> awaitFamilies(Openib job) {
        return job.awaitLines(6, line -> line.startsWith("ready") || line.startsWith("child"));
    }

    @Test
    void shouldEndAtOnceWhenItIsToldTwice() {
        try (Openib job = start(2, "hang")) {
            List<String> ready = job.awaitLines(2, line -> line.startsWith("ready"));
            job.signal("INT");
            job.awaitLines(2, line -> line.startsWith("asked"));
            job.signal("INT");

            Openib.Outcome outcome = job.end().hasStatus(130);
            assertThat(outcome.err())
                    .as("nothing was waited for: " + outcome)
                    .noneMatch(line -> line.contains("sending SIGKILL"));
            assertAllEnded(ready);
        }
    }

    @Test
    void shouldEndTheJobWhenARankAborts() {
        run(2, "abort").hasStatus(7).tells("rank 1 ends the job with status 7: enough");
    }

    private static void assertAllEnded(List<String> ready) {
        for (String line : ready) {
            Optional<ProcessHandle> left = ProcessHandle.of(pidOf(line)).filter(ProcessHandle::isAlive);
            assertThat(left).as(line).isEmpty();
        }
    }

    /** Killed, but whose children they are may not have noticed yet. */
    private static void awaitAllEnded(List<String> started) {
        for (String line : started) {
            ProcessHandle.of(pidOf(line))
                    .map(ProcessHandle::onExit)
                    .ifPresent(end -> end.orTimeout(30, TimeUnit.SECONDS).join());
        }
    }

    private static long pidOf(String ready) {
        return Long.parseLong(ready.substring(ready.lastIndexOf(' ') + 1));
    }
}
