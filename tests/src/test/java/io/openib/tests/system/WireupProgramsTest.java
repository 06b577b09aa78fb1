package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every program over every wireup, between processes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WireupProgramsTest {

    private static Openib.Outcome run(String wireup, int ranks, String... program) {
        List<String> command =
                new ArrayList<>(List.of("run", "-n", Integer.toString(ranks), "--mca", "btl_openib_cpc", wireup));
        command.addAll(List.of(program));
        Openib.Outcome outcome = Openib.run(command.toArray(String[]::new)).hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        assertThat(outcome.out()).as(outcome.toString()).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
        return outcome;
    }

    private static Stream<String> wireups(Openib.Outcome outcome, String wireup) {
        return outcome.out().stream()
                .filter(line -> line.matches("\\{\"event\":\"wireup\",\"rank\":\\d+,\"peer\":\\d+,\"wireup\":\""
                        + wireup + "\",\"device\":\"soft0:1\",\"ms\":[0-9.]+,\"tried\":\\[.*\\],\"reason\":\".*\"\\}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldMeasureBetweenTwoRanks(String wireup) {
        Openib.Outcome outcome =
                run(wireup, 2, "pingpong", "--json", "--sizes", "1,8,4K,64K,1M,4M", "--time", "5", "--warmup", "0");

        assertThat(wireups(outcome, wireup)).as(outcome.toString()).hasSize(2);
        assertThat(outcome.out().stream()
                        .filter(line ->
                                line.matches("\\{\"program\":\"pingpong\",\"bytes\":\\d+,\"half_round_trip_us\":"
                                        + "\\{\"p50\":[0-9.]+,\"p99\":[0-9.]+\\},\"mb_per_s\":[0-9.]+\\}")))
                .as(outcome.toString())
                .hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldSendRoundTheRing(String wireup) {
        Openib.Outcome outcome = run(wireup, 3, "ring", "--json", "--laps", "50");

        assertThat(wireups(outcome, wireup)).as(outcome.toString()).hasSizeGreaterThanOrEqualTo(3);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":150,"));
    }

    /** Rank 2 connects to rank 0 only to report, whereupon that has all that it waits for. */
    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldTellOfEveryConnectionBeforeTheResult(String wireup) {
        Openib.Outcome outcome = run(wireup, 4, "ring", "--json", "--laps", "1");

        assertThat(wireups(outcome, wireup)).as(outcome.toString()).hasSize(10);
        assertThat(outcome.out()).as(outcome.toString()).last().asString().startsWith("{\"program\":\"ring\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldSendFromEachToEach(String wireup) {
        Openib.Outcome outcome = run(wireup, 4, "alltoall", "--json", "--messages", "100", "--size", "64K");

        assertThat(wireups(outcome, wireup)).as(outcome.toString()).hasSize(12);
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":1200,"));
    }

    /** By oob it is {@link ColdStartTest}'s. */
    @Test
    void shouldRunMoreRanksThanThereAreCoresByRdmacm() {
        Openib.Outcome outcome = run("rdmacm", 16, "alltoall", "--json", "--messages", "20");

        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":4800,"));
    }
}
