package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code conformance} between two ranks: it passes on a whole device, and fails on a broken one. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConformanceTest {
    /** Many clusters set {@code btl} for Open MPI's own sake; no transport is opened here. */
    @Test
    void shouldPassBetweenTwoRanksAndWriteWhatJunitWrites(@TempDir Path folder) throws Exception {
        Path xml = folder.resolve("conformance.xml");
        Outcome outcome = Openib.run(
                        Map.of("OMPI_MCA_btl", "^openib"),
                        "run",
                        "-n",
                        "2",
                        "conformance",
                        "--mca",
                        "verbs_provider",
                        "soft",
                        "--only",
                        "RcTrafficCases",
                        "--junit",
                        xml.toString())
                .hasStatus(0);
        List<String> cases = outcome.out().stream()
                .filter(line -> line.startsWith("ok      RcTrafficCases.") && line.contains("soft0:1 to rank 1"))
                .toList();
        assertThat(cases).as(outcome.toString()).hasSizeGreaterThan(5);
        assertThat(outcome.out()).contains("conformance: " + cases.size() + " ok, 0 skipped, 0 failed");
        assertThat(Files.readString(xml)).contains("tests=\"" + cases.size() + "\" failures=\"0\"", "<testcase");
    }

    @Test
    void shouldFailWithTheNameOfTheCaseOnABrokenDevice(@TempDir Path folder) throws Exception {
        Path xml = folder.resolve("conformance.xml");
        Outcome outcome = Openib.run(
                        "run",
                        "-n",
                        "2",
                        "--mca",
                        "soft_fault_break_qp",
                        "1",
                        "conformance",
                        "--only",
                        "AtomicCases.shouldSwapOnlyWhatCompares",
                        "--junit",
                        xml.toString())
                .hasStatus(1);
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith("FAILED  AtomicCases.shouldSwapOnlyWhatCompares")
                        && line.contains("testkit.seed"));
        assertThat(Files.readString(xml)).contains("<failure message=");
    }

    @Test
    void shouldConnectToEachRankByEachWireup() {
        Outcome outcome = Openib.run("run", "-n", "3", "conformance", "--only", "BothOrNone")
                .hasStatus(0);
        for (String wireup : List.of("oob", "rdmacm")) {
            for (int rank = 1; rank < 3; rank++) {
                String pair = wireup + ", soft0:1 to rank " + rank + " soft0:1";
                assertThat(outcome.out())
                        .as(outcome.toString())
                        .anyMatch(line -> line.startsWith("ok      BothOrNone.stressConnect, ") && line.contains(pair));
            }
        }
    }

    @Test
    void shouldRunAloneWhereNoLauncherStartedIt() {
        Outcome outcome = Openib.run("exec", "conformance", "--only", "ProtectionDomainCases")
                .hasStatus(0);
        assertThat(outcome.out()).anyMatch(line -> line.startsWith("ok      ProtectionDomainCases."));
    }

    @Test
    void shouldRefuseADeviceThatIsNotThere() {
        Openib.run("exec", "conformance", "--device", "mlx5_7:1")
                .hasStatus(2)
                .tells("--device mlx5_7:1: rank 0 has no port of that name", "there is soft0:1", "openib doctor");
    }

    @Test
    void shouldGiveItsSumsAndTheReasonWhenItsFileCannotBeWrittenAfterAll() {
        Outcome outcome = Openib.run("exec", "conformance", "--only", "ProtectionDomainCases", "--junit", "/dev/full")
                .hasStatus(1)
                .tells("--junit /dev/full cannot be written", "No space left on device");
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.endsWith("0 skipped, 0 failed"));
    }

    /** Who certifies hardware must not be told that the software device is well. */
    @Test
    void shouldFailInOneLineWhenTheParametersLeaveNothing() {
        List<String> dead = List.of("--mca", "verbs_provider", "jna", "--mca", "verbs_ibverbs_library", "/nowhere.so");
        assertNothingRan(options(List.of("exec", "conformance"), dead), "verbs_provider = jna", "/nowhere.so");
        assertNothingRan(options(List.of("run", "-n", "2", "conformance"), dead), "verbs_provider = jna");
        assertNothingRan(
                options(options(List.of("run", "-n", "2"), dead), List.of("conformance")), "verbs_provider = jna");
        for (String left : List.of("soft0", "soft0:1")) {
            List<String> without = List.of("--mca", "verbs_provider", "soft", "--mca", "btl_openib_if_exclude", left);
            assertNothingRan(
                    options(List.of("run", "-n", "2", "conformance"), without),
                    left + ": left out by btl_openib_if_exclude = " + left);
        }
    }

    private static List<String> options(List<String> first, List<String> more) {
        return Stream.concat(first.stream(), more.stream()).toList();
    }

    private static void assertNothingRan(List<String> command, String... texts) {
        Outcome outcome =
                Openib.run(command.toArray(String[]::new)).hasStatus(1).tells(texts);
        assertThat(outcome.err()).as(outcome.toString()).hasSize(1);
        assertThat(outcome.out()).as(outcome.toString()).isEmpty();
    }

    @Test
    void shouldRefuseAnInterfaceThatIsNotThere() {
        Openib.run("exec", "conformance", "--mca", "btl_openib_if_include", "mlx5_7")
                .hasStatus(2)
                .tells("no device or port is called \"mlx5_7\"", "soft0");
    }

    @Test
    void shouldRunOnTheDeviceThatIsChosen() {
        Outcome outcome = Openib.run(
                        "exec",
                        "conformance",
                        "--mca",
                        "verbs_provider",
                        "soft",
                        "--mca",
                        "btl_openib_if_include",
                        "soft0:1",
                        "--only",
                        "ProtectionDomainCases")
                .hasStatus(0);
        assertThat(outcome.out()).anyMatch(line -> line.startsWith("ok      ProtectionDomainCases."));
    }
}
