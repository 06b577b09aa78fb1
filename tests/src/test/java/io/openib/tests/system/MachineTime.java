package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/**
 * How long a job takes, less the time that other processes used meanwhile: the processors' time that it used or left idle, by
 * the number of processors. On a machine that nobody else uses that is what a clock shows.
 */
final class MachineTime {
    private static final Path STAT = Path.of("/proc/stat");
    private static final double JIFFIES_PER_S = 100;
    private static final int YARDSTICKS = 3;
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final Pattern CHILDREN = Pattern.compile("(\\d+)m([0-9.]+)s (\\d+)m([0-9.]+)s");

    private MachineTime() {}

    /** Runs {@code ./openib} with these arguments, to its end and with success; in seconds. */
    static double ofJob(String expected, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(Openib.HOME.resolve("openib").toString()));
        command.addAll(List.of(arguments));
        double idleBefore = idleSeconds();
        Openib.Outcome outcome = run(command);
        double idle = idleSeconds() - idleBefore;
        assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains(expected));
        return (cpuSeconds(outcome) + idle) / Runtime.getRuntime().availableProcessors();
    }

    /**
     * What a fixed piece of foreign work costs here: the JDK's compiler on one small class, which like a rank's start is the
     * loading and first running of a few hundred classes. In seconds of processor time, the best of a few.
     */
    static double ofYardstick() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path source = Openib.HOME.resolve("tests/src/test/java/io/openib/tests/system/Yardstick.java");
        List<String> command = List.of(java.toString(), source.toString());
        return DoubleStream.generate(() -> cpuSeconds(run(command)))
                .limit(YARDSTICKS)
                .min()
                .orElseThrow();
    }

    /** To its end and with success; the shell's line of its times comes last. */
    private static Openib.Outcome run(List<String> command) {
        List<String> shell = new ArrayList<>(List.of("sh", "-c", "\"$0\" \"$@\"; status=$?; times; exit $status"));
        shell.addAll(command);
        try (Openib openib = Openib.startCommand(Map.of(), shell)) {
            return openib.end().hasStatus(0);
        }
    }

    /** From the shell's line about its children. */
    private static double cpuSeconds(Openib.Outcome outcome) {
        String line = outcome.out().get(outcome.out().size() - 1);
        Matcher matcher = CHILDREN.matcher(line);
        assertThat(matcher.matches()).as(line).isTrue();
        return 60.0 * Integer.parseInt(matcher.group(1))
                + Double.parseDouble(matcher.group(2))
                + 60.0 * Integer.parseInt(matcher.group(3))
                + Double.parseDouble(matcher.group(4));
    }

    private static double idleSeconds() {
        try {
            String[] words = Files.readAllLines(STAT).get(0).split("\\s+", -1);
            return (Long.parseLong(words[IDLE]) + Long.parseLong(words[IO_WAIT])) / JIFFIES_PER_S;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
