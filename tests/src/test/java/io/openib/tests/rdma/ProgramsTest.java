package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every program over every wireup between processes on a kernel device; the programs check what arrives. */
@Tag("rdma")
@Tag("programs")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ProgramsTest {

    private static List<String> run(String wireup, int ranks, String... program) {
        List<String> command =
                new ArrayList<>(List.of("run", "-n", Integer.toString(ranks), "--mca", "btl_openib_cpc", wireup));
        command.addAll(List.of(program));
        Openib.Outcome outcome = Openib.run(RdmaHost.environment(), command.toArray(String[]::new))
                .hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).allMatch(line -> line.startsWith("{"));
        return outcome.out();
    }

    /** Each of so many says by which wireup, and over which of this machine's devices. */
    private static void assertConnected(List<String> out, String wireup, int events) throws IOException {
        String devices = String.join("|", RdmaHost.devices());
        List<String> told = out.stream()
                .filter(line -> line.startsWith("{\"event\":\"wireup\""))
                .toList();
        assertThat(told)
                .hasSizeGreaterThanOrEqualTo(events)
                .allMatch(line -> line.matches(".*\"wireup\":\"" + wireup + "\",\"device\":\"(" + devices
                        + "):[0-9]+\",\"ms\":[0-9.]+,\"tried\":\\[\"" + wireup + ": connected\"\\],\"reason\":.*"));
    }

    /** README's command as it stands there, with nothing that keeps it to RDMA devices; not to its end, which is far off here. */
    @Test
    @EnabledIfEnvironmentVariable(
            named = "SOFT_ROCE_GUEST",
            matches = ".+",
            disabledReason = "elsewhere the device has another name")
    void shouldNameTheDeviceThatACommandWithoutFurtherParametersUses() {
        try (Openib job = Openib.start(
                RdmaHost.quickStart(), "run", "-n", "2", "--mca", "btl_openib_cpc", "rdmacm", "pingpong")) {
            for (String ranks : List.of("rank 0 to 1", "rank 1 to 0")) {
                job.awaitLine(line -> line.startsWith(ranks + ": connected by rdmacm over rxe0:1 in "));
            }
            job.awaitLine(line -> line.matches(" +1  send .*"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm", "oob"})
    void shouldMeasureBetweenTwoRanks(String wireup) throws IOException {
        List<String> out =
                run(wireup, 2, "pingpong", "--json", "--sizes", "8,4K,64K,1M", "--time", "10", "--warmup", "0");
        assertConnected(out, wireup, 2);
        assertThat(out.stream().filter(line -> line.startsWith("{\"program\":\"pingpong\"")))
                .hasSize(4);
    }

    /** A part of it, of the device and of every wireup. */
    @ParameterizedTest
    @ValueSource(strings = {"RcTrafficCases", "OneConnection"})
    void shouldPassTheContractSuitesBetweenTwoRanks(String only) {
        String port = RdmaHost.port().toString();
        Openib.Outcome outcome = Openib.run(
                        RdmaHost.environment(), "run", "-n", "2", "conformance", "--device", port, "--only", only)
                .hasStatus(0);
        List<String> passed =
                outcome.out().stream().filter(line -> line.startsWith("ok ")).toList();
        assertThat(passed)
                .as(outcome.toString())
                .hasSizeGreaterThanOrEqualTo(10)
                .allMatch(line -> line.contains(" " + port + " to rank 1 " + port + " "));
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.matches("conformance: " + passed.size() + " ok, [0-9]+ skipped, 0 failed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm", "oob"})
    void shouldSendRoundTheRing(String wireup) throws IOException {
        List<String> out = run(wireup, 4, "ring", "--json", "--laps", "10");
        assertConnected(out, wireup, 4);
        assertThat(out).anyMatch(line -> line.contains("\"messages\":40,"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm", "oob"})
    void shouldSendFromEachToEach(String wireup) throws IOException {
        List<String> out = run(wireup, 4, "alltoall", "--json", "--messages", "10", "--size", "16K");
        assertConnected(out, wireup, 12);
        assertThat(out).anyMatch(line -> line.contains("\"messages\":120,"));
    }
}
