package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is told in a clear line before a rank is started. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BadInputTest {
    /** Asserts that only the launcher spoke. */
    private static void assertNoRankRan(Openib.Outcome outcome) {
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
        assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("openib pingpong"));
    }

    static Openib.Outcome pingpong(String... mca) {
        String[] command = new String[4 + 3 * mca.length / 2];
        command[0] = "run";
        command[1] = "-n";
        command[2] = "2";
        int at = 3;
        for (int i = 0; i < mca.length; i += 2) {
            command[at++] = "--mca";
            command[at++] = mca[i];
            command[at++] = mca[i + 1];
        }
        command[at] = "pingpong";
        return Openib.run(command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-3", "5000"})
    void shouldRefuseAJobThatIsNone(String size) {
        Openib.Outcome outcome = Openib.run("run", "-n", size, "pingpong")
                .hasStatus(2)
                .tells("openib run: -n " + size + ": a job has 1 to 4096 ranks");
        assertNoRankRan(outcome);
    }

    @Test
    void shouldFailWhenItsResultsCannotBeWritten() {
        String openib = Openib.HOME.resolve("openib").toString();
        for (String command : List.of("run -n 2 ring --laps 10", "info", "doctor --json")) {
            List<String> line = List.of("sh", "-c", openib + " " + command + " >/dev/full");
            try (Openib started = Openib.startCommand(Map.of(), line)) {
                Openib.Outcome outcome = started.end().hasStatus(1);
                assertThat(outcome.err().toString())
                        .contains("the standard output cannot be written")
                        .doesNotContain("\tat ");
            }
        }
    }

    @Test
    void shouldRefuseASizeThatIsNoNumber() {
        Openib.run("run", "-n", "two", "pingpong").hasStatus(2).tells("openib run: ", "'-n'", "two", "--help");
    }

    @Test
    void shouldRefuseToMeasureNothing() {
        Openib.run("run", "-n", "2", "pingpong", "--sizes", ",").hasStatus(2).tells("--sizes: give one at least");
    }

    @Test
    void shouldSuggestTheNameOfAParameter() {
        Openib.Outcome outcome = pingpong("btl_openib_cpx", "oob")
                .hasStatus(2)
                .tells("unknown parameter \"btl_openib_cpx\"", "did you mean \"btl_openib_cpc\"?");
        assertNoRankRan(outcome);
    }

    @Test
    void shouldTellEveryMistakeAtOnce() {
        Openib.Outcome outcome = pingpong("btl_openib_ib_timeout", "99", "btl_openib_mtuu", "3")
                .hasStatus(2)
                .tells("btl_openib_ib_timeout", "\"99\"", "0 to 31")
                .tells("btl_openib_mtuu");
        assertNoRankRan(outcome);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P,128", "Q,128,256,192,128", "P,128,x", "S,4096,16:P,128,256,192,128"})
    void shouldRefuseMalformedReceiveQueues(String queues) {
        Openib.Outcome outcome =
                pingpong("btl_openib_receive_queues", queues).hasStatus(2).tells("btl_openib_receive_queues", queues);
        assertNoRankRan(outcome);
    }

    @Test
    void shouldListTheProgramsWhenOneIsUnknown() {
        Openib.run("run", "-n", "2", "pingpogn")
                .hasStatus(2)
                .tells("no program is called \"pingpogn\"", "pingpong, ring, alltoall, limits", "-cp");
        Openib.run("run", "-n", "2", "-cp", Openib.TEST_CLASSES, "no.such.Thing")
                .hasStatus(2)
                .tells("no program is called \"no.such.Thing\"", Openib.TEST_CLASSES);
        Openib.run("run", "-n", "2", "-cp", "nowhere.jar", "no.such.Thing")
                .hasStatus(2)
                .tells("-cp nowhere.jar: there is no such file");
    }

    @Test
    void shouldPassOverWhatIsOddInTheEnvironment() {
        String command = "PATH=\"$(printf '/opt/j\\303\\274rgen/bin'):$PATH\" " + Openib.HOME.resolve("openib")
                + " run -n 2 ring --laps 1";
        Map<String, String> environment = Map.of("LC_ALL", "C", "JAVA_TOOL_OPTIONS", "-XX:+UseG1GC");
        try (Openib started = Openib.startCommand(environment, List.of("sh", "-c", command))) {
            started.end().hasStatus(0);
        }
    }

    @Test
    void shouldSayThatTheLocaleHasNoSuchNames() {
        List<String> line =
                List.of("sh", "-c", Openib.HOME.resolve("openib") + " run -n 1 -cp \"$(printf 'a\\303\\251')\" Thing");
        try (Openib started = Openib.startCommand(Map.of("LC_ALL", "C"), line)) {
            started.end().hasStatus(2).tells("openib run: -cp a");
        }
    }

    @Test
    void shouldSayHowAProgramIsToBeCalled() {
        Openib.run("run", "-n", "1", "ring", "--laps", "many").hasStatus(2).tells("see openib exec ring --help");
        Openib.run("exec", "ring", "--laps", "0").hasStatus(2).tells("openib ring: a count of 0: give at least 1");
        assertThat(Openib.run("exec", "ring", "--help").hasStatus(0).out()).anyMatch(line -> line.contains("--laps"));
    }

    /** By the launcher, and not by each rank. */
    @Test
    void shouldTellAProgramsMistakesAndItsHelpOnce() {
        for (List<String> arguments : List.of(
                List.of("pingpong", "--bogus"),
                List.of("pingpong", "--sizes", "many"),
                List.of("ring", "--laps", "0"),
                List.of("limits", "--help-me"))) {
            List<String> line = new ArrayList<>(List.of("run", "-n", "2"));
            line.addAll(arguments);
            Openib.Outcome outcome = Openib.run(line.toArray(String[]::new)).hasStatus(2);
            assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
            assertThat(outcome.err().get(0)).startsWith("openib " + arguments.get(0) + ": ");
            assertThat(outcome.out()).isEmpty();
        }
        assertThat(Openib.run("run", "-n", "4", "ring", "--help").hasStatus(0).out())
                .filteredOn(line -> line.contains("--laps"))
                .hasSizeBetween(1, 2); // the synopsis and the option
    }

    @Test
    void shouldTellOnceOfAParameterThatAProgramIsGivenWrongly() {
        Openib.Outcome outcome = Openib.run("run", "-n", "2", "conformance", "--mca", "btl_openib_cpx", "oob")
                .hasStatus(2)
                .tells("btl_openib_cpx", "did you mean \"btl_openib_cpc\"?");
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    /** What a rank would say, each for itself, once it had opened its transport or done all its work. */
    @Test
    @Timeout(value = 180, unit = TimeUnit.SECONDS) // six jobs
    void shouldTellOnceOfWhatEachRankWouldRefuse() {
        assertToldOnce(Map.of("OMPI_MCA_btl", "tcp,self"), "alltoall", "btl is \"tcp,self\"", "there is openib");
        assertToldOnce(Map.of(), "ring --size 999M", "--size 999M: ", "the transport's longest has 65536");
        assertToldOnce(Map.of(), "alltoall --size 65K", "--size 65K: ", "the transport's longest has 65536");
        assertToldOnce(Map.of(), "conformance --device mlx5_7:1", "--device mlx5_7:1: ", "there is ", "soft0:1");
        assertToldOnce(
                Map.of(),
                "conformance --junit /nowhere/x.xml",
                "--junit /nowhere/x.xml",
                "there is no folder /nowhere");
        assertToldOnce(
                Map.of(),
                "--mca btl_openib_cpc oob conformance --mca btl_openib_cpc rdmacm",
                "\"btl_openib_cpc\" is set twice");
    }

    private static void assertToldOnce(Map<String, String> environment, String command, String... texts) {
        Openib.Outcome outcome = Openib.run(environment, ("run -n 2 " + command).split(" "))
                .hasStatus(2)
                .tells(texts);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldTellOnceOfAWireupThatAProgramIsGivenWrongly() {
        Openib.Outcome outcome = Openib.run("run", "-n", "2", "conformance", "--mca", "btl_openib_cpc", "foo")
                .hasStatus(2)
                .tells("openib run: no wireup is called \"foo\"", "there is oob, rdmacm");
        assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("rank"));
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldSayThatNoParameterBeginsSo() {
        Openib.Outcome outcome = Openib.run("info", "--param", "btl_openip").hasStatus(2);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        outcome.tells("openib info: --param btl_openip: no parameter begins so");
    }

    @Test
    void shouldSayForHowManyRanksAProgramIs() {
        assertNoRankRan(Openib.run("run", "-n", "3", "pingpong")
                .hasStatus(2)
                .tells("openib run: pingpong is for 2 ranks, this job has 3: give -n 2"));
        Openib.run("run", "-n", "1", "limits").hasStatus(2).tells("limits is for 2 ranks, this job has 1");
    }

    @Test
    void shouldShowAStackTraceWhenAskedTo() {
        Openib.Outcome outcome =
                Openib.run("run", "--verbose", "-n", "0", "pingpong").hasStatus(2);
        assertThat(outcome.err()).as(outcome.toString()).anyMatch(line -> line.startsWith("\tat io.openib.cli."));
    }

    @Test
    void shouldKeepTheEnvironmentsMistakesFromStartingARank() {
        Openib.Outcome outcome = Openib.run(Map.of("OMPI_MCA_btl_openib_cpx", "oob"), "run", "-n", "2", "pingpong")
                .hasStatus(2)
                .tells("OMPI_MCA_btl_openib_cpx", "did you mean \"btl_openib_cpc\"?");
        assertNoRankRan(outcome);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
    }
}
