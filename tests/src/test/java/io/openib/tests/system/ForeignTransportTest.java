package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.BtlComponent;
import io.openib.tests.system.foreign.ForeignComponent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs ask for nothing but the contract: they run over a transport that came with {@code -cp}. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ForeignTransportTest {
    private final String classPath;

    ForeignTransportTest(@TempDir Path folder) throws IOException {
        Path services = folder.resolve("META-INF/services").resolve(BtlComponent.class.getName());
        Files.createDirectories(services.getParent());
        Files.writeString(services, ForeignComponent.class.getName());
        classPath = folder + ":" + Openib.TEST_CLASSES;
    }

    private Openib.Outcome run(int ranks, String... program) {
        List<String> command = new ArrayList<>(List.of("run", "-n", Integer.toString(ranks), "-cp", classPath));
        command.addAll(List.of("--mca", "btl", "foreign", "--mca", "btl_foreign_queue", "9M"));
        command.addAll(List.of(program));
        return Openib.run(command.toArray(String[]::new));
    }

    @Test
    void shouldMeasureLatencyAndBandwidthBySendAndPut() {
        Openib.Outcome outcome = run(
                        2, "pingpong", "--json", "--sizes", "1,8,64K,1M,4M", "--time", "5", "--warmup", "20")
                .hasStatus(0);

        assertThat(outcome.out().stream().filter(line -> line.startsWith("{\"program\":\"pingpong\"")))
                .as(outcome.toString())
                .hasSize(5);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }

    /**
     * In turn: the pings and pongs, the stream of messages, one message of that, the puts that are timed one by one (from the 13th on; it takes
     * 12 before these), and those of the stream of puts (from the 24th on).
     */
    @ParameterizedTest
    @CsvSource({"1,1K", "6,1", "lost6,1", "put13,4M", "put24,4M"})
    void shouldNoticeWhatTheTimedLoopsDidNotDeliver(String forgotten, String size) {
        Openib.Outcome outcome = Openib.run(
                "run",
                "-n",
                "2",
                "-cp",
                classPath,
                "--mca",
                "btl",
                "foreign",
                "--mca",
                "btl_foreign_queue",
                "9M",
                "--mca",
                "btl_foreign_forgets",
                forgotten,
                "pingpong",
                "--json",
                "--sizes",
                size,
                "--time",
                "1",
                "--warmup",
                "0");
        outcome.hasStatus(1);
        assertThat(outcome.err())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith("openib pingpong (rank 0): ")
                        && (line.contains("came back damaged")
                                || line.contains("with other bytes than were sent")
                                || line.matches(".*got (\\d+) of (?!\\1 )\\d+ timed messages.*")));
        assertThat(outcome.out()).as(outcome.toString()).noneMatch(line -> line.startsWith("{\"program\""));
    }

    @Test
    void shouldSendRoundTheRing() {
        Openib.Outcome outcome = run(3, "ring", "--json", "--laps", "20").hasStatus(0);

        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":60"));
    }

    @Test
    void shouldSendFromEachToEach() {
        Openib.Outcome outcome =
                run(4, "alltoall", "--json", "--messages", "25").hasStatus(0);

        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains("\"messages\":300"));
    }

    @Test
    void shouldLeaveTheJudgementOfItsParametersToTheRanks() {
        Openib.Outcome outcome =
                Openib.run("run", "-n", "1", "-cp", classPath, "--mca", "btl_foreign_queu", "9M", "ring");

        outcome.hasStatus(2).tells("unknown parameter \"btl_foreign_queu\"", "did you mean \"btl_foreign_queue\"?");
    }
}
