package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code conformance} between two ranks: it passes on a whole device, and fails on a broken one. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ConformanceTest {
    @Test
    void shouldPassBetweenTwoRanksAndWriteWhatJunitWrites(@TempDir Path folder) throws Exception {
        Path xml = folder.resolve("conformance.xml");
        Outcome outcome = Openib.run(
                        "run", "-n", "2", "conformance", "--only", "RcTrafficCases", "--junit", xml.toString())
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
        Openib.run("exec", "conformance", "--device", "mlx5_7:1").hasStatus(1).tells("mlx5_7:1", "openib doctor");
    }
}
