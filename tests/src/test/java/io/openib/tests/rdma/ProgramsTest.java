package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
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
                        + "):1\",\"ms\":[0-9.]+,\"tried\":\\[\"" + wireup + ": connected\"\\],\"reason\":.*"));
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
