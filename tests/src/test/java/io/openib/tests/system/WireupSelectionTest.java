package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code btl_openib_cpc} in all the ways to write it, between processes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WireupSelectionTest {
    private static Openib.Outcome ring(String... mca) {
        return run(2, mca, "ring", "--json", "--laps", "10");
    }

    private static Openib.Outcome run(int ranks, String[] mca, String... program) {
        List<String> command = IntStream.range(0, mca.length / 2)
                .boxed()
                .flatMap(i -> List.of("--mca", mca[2 * i], mca[2 * i + 1]).stream())
                .collect(Collectors.toList());
        command.addAll(0, List.of("run", "-n", Integer.toString(ranks)));
        command.addAll(List.of(program));
        return Openib.run(command.toArray(String[]::new));
    }

    private static List<String> wireups(Openib.Outcome outcome) {
        outcome.hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        List<String> events = outcome.out().stream()
                .filter(line -> line.startsWith("{\"event\":\"wireup\""))
                .toList();
        assertThat(events).as(outcome.toString()).hasSizeGreaterThanOrEqualTo(2);
        return events;
    }

    @ParameterizedTest
    @ValueSource(strings = {"rdmacm,oob", "rdma_cm", "^oob"})
    void shouldConnectByRdmacm(String cpc) {
        assertThat(wireups(ring("btl_openib_cpc", cpc)))
                .allMatch(
                        event -> event.contains("\"wireup\":\"rdmacm\"") && event.contains("[\"rdmacm: connected\"]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob,rdmacm", "auto", "^rdma_cm"})
    void shouldConnectByOob(String cpc) {
        assertThat(wireups(ring("btl_openib_cpc", cpc)))
                .allMatch(event -> event.contains("\"wireup\":\"oob\"") && event.contains("[\"oob: connected\"]"));
    }

    @Test
    void shouldTakeOpenMpisNames() {
        assertThat(wireups(ring("btl_openib_cpc_include", "rdma_cm"))).allMatch(event -> event.contains("rdmacm"));
        assertThat(wireups(ring("btl_openib_cpc_exclude", "oob"))).allMatch(event -> event.contains("rdmacm"));
    }

    @Test
    void shouldFallBackAndShowTheTrail() {
        String[] mca = {
            "btl_openib_cpc", "rdmacm,oob", "soft_fault_cm_reject", "1", "btl_openib_connect_rdmacm_retry_count", "1"
        };
        Openib.Outcome outcome = run(4, mca, "alltoall", "--json", "--messages", "100");
        List<String> events = wireups(outcome);
        assertThat(events).hasSize(12).allMatch(event -> event.contains("\"wireup\":\"oob\""));
        assertThat(events)
                .as("each pair has gone the way by rdmacm first")
                .filteredOn(event -> event.matches(
                        ".*\"tried\":\\[\"rdmacm: .*rejects with status 3, 2 times\",\"oob: connected\"\\].*"))
                .hasSizeGreaterThanOrEqualTo(6);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":1200,"));
    }

    @Test
    void shouldSuggestAName() {
        ring("btl_openib_cpc", "rdmcm").hasStatus(2).tells("no wireup is called \"rdmcm\"", "did you mean \"rdmacm\"?");
    }

    @Test
    void shouldRefuseASelectionOfNone() {
        ring("btl_openib_cpc", "^oob,rdmacm")
                .hasStatus(2)
                .tells("btl_openib_cpc = ^oob,rdmacm", "leaves no wireup; there is oob, rdmacm");
    }

    private static Openib.Outcome divergent(String here, String there) {
        return Openib.run(
                "run",
                "-n",
                "2",
                "-cp",
                Openib.TEST_CLASSES,
                DivergentRank.class.getName(),
                "btl_openib_cpc",
                here,
                there);
    }

    @Test
    void shouldAgreeOnOneWhenRanksAreToldDifferently() {
        Openib.Outcome outcome = divergent("rdmacm,oob", "oob,rdmacm").hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).hasSize(2);
        assertThat(outcome.out())
                .as(outcome.toString())
                .allMatch(line -> line.contains("connected by oob: \"soft\" is the best kind of device that both have")
                        && line.contains("; the best wireup that both have"));
    }

    @Test
    void shouldPrintTheDifferenceWhenRanksHaveNoneInCommon() {
        Openib.Outcome outcome = divergent("rdmacm", "oob");
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith("0 failed: ")
                        && line.contains("no wireup in common: [rdmacm] here, [oob] there")
                        && line.contains("give all ranks the same btl_openib_cpc"))
                .anyMatch(line -> line.startsWith("1 failed: ")
                        && line.contains("no wireup in common: [oob] here, [rdmacm] there"));
    }
}
