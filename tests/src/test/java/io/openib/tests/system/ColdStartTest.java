package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the first seconds of a process cost. The best of a few, since others may use the machine meanwhile; and a slow machine
 * has longer, by as much as {@linkplain MachineTime#ofYardstick() foreign work} takes longer there.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ColdStartTest {
    private static final int TRIES = 3;
    private static final double MOST_MS = 50;
    private static final double MOST_S = 20;
    private static final double MOST_START_S = 1;
    private static final double YARDSTICK_S = 0.4;
    private static final Pattern CONNECTED = Pattern.compile("connected in ([0-9.]+) ms");

    /** As a program that embeds the transport starts: no archive of classes, and no options for the virtual machine. */
    private static List<String> plainJava(String archive, String wireup, String sides) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dopenib.archive=" + archive,
                "-cp",
                Openib.HOME.resolve("cli/target/openib.jar").toString(),
                "io.openib.cli.Main",
                "run",
                "-n",
                "2",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "-cp",
                Openib.TEST_CLASSES,
                "io.openib.tests.system.ColdRank",
                sides);
    }

    /** A limit of this machine. */
    private static double limit(double most) {
        double yardstick = MachineTime.ofYardstick();
        double limit = most * Math.max(1, yardstick / YARDSTICK_S);
        System.out.println("The yardstick takes " + yardstick + " s of processor time here: the limit is " + limit);
        return limit;
    }

    /** The slower of the sides that sent. */
    private static double connectMs(String wireup, String sides) {
        try (Openib openib = Openib.startCommand(Map.of(), plainJava("/none", wireup, sides))) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            List<Double> found = new ArrayList<>();
            for (String line : outcome.out()) {
                Matcher matcher = CONNECTED.matcher(line);
                if (matcher.matches()) {
                    found.add(Double.parseDouble(matcher.group(1)));
                }
            }
            assertThat(found).as(outcome.toString()).hasSize(sides.equals("both") ? 2 : 1);
            return found.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        }
    }

    @Test
    void shouldSayNothingOfAnArchiveThatIsNone(@TempDir Path folder) throws IOException {
        Path archive = Files.writeString(folder.resolve("rank.jsa"), "no archive at all".repeat(1_000));
        try (Openib openib = Openib.startCommand(Map.of(), plainJava(archive.toString(), "oob", "one"))) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).hasSize(1);
            assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        }
    }

    /** By the name of a class that is loaded only where the RDMA libraries are looked for; they need not be there. */
    @Test
    void shouldHaveAnArchiveOfRanksThatHoldsWhatCallsTheRdmaLibraries() throws IOException {
        Openib.run("run", "-n", "1", "ring").hasStatus(0);
        Path archive = Openib.HOME.resolve("cli/target/archives/" + System.getProperty("java.version") + "/rank.jsa");

        String names = Files.readString(archive, StandardCharsets.ISO_8859_1);
        assertThat(names.contains("io/openib/verbs/jna/elf/LibraryFiles")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"oob, one", "oob, both", "rdmacm, one", "rdmacm, both"})
    void shouldConnectInAMoment(String wireup, String sides) {
        List<Double> tries = new ArrayList<>();
        double best = Double.MAX_VALUE;
        double limit = limit(MOST_MS);
        for (int i = 0; i < TRIES && best >= limit; i++) {
            double ms = connectMs(wireup, sides);
            tries.add(ms);
            best = Math.min(best, ms);
        }
        System.out.println("From the first send to the connection, " + wireup + ", by " + sides + ": " + tries + " ms");

        assertThat(best).as("%s", tries).isLessThan(limit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "info"})
    void shouldStartInUnderASecondOnceItIsBuilt(String command) {
        Openib.run(command).hasStatus(0);
        List<Double> tries = new ArrayList<>();
        double best = Double.MAX_VALUE;
        double limit = limit(MOST_START_S);
        for (int i = 0; i < TRIES && best >= limit; i++) {
            double seconds = MachineTime.ofJob("openib ", command);
            tries.add(seconds);
            best = Math.min(best, seconds);
        }
        System.out.println("openib " + command + ": " + tries + " s");

        assertThat(best).as("%s", tries).isLessThan(limit);
    }

    @Test
    void shouldRunManyMoreRanksThanCoresInTime() {
        List<Double> tries = new ArrayList<>();
        double best = Double.MAX_VALUE;
        double limit = limit(MOST_S);
        for (int i = 0; i < TRIES - 1 && best >= limit; i++) {
            double seconds = MachineTime.ofJob("\"messages\":24000", "run", "-n", "16", "alltoall", "--json");
            tries.add(seconds);
            best = Math.min(best, seconds);
        }
        System.out.println("16 ranks, each sends to each: " + tries + " s");

        assertThat(best).as("%s", tries).isLessThan(limit);
    }
}
