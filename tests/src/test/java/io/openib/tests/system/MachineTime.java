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

/**
 * How long a job takes, less the time that other processes used meanwhile: the processors' time that it used or left idle, by
 * the number of processors. On a machine that nobody else uses that is what a clock shows.
 */
final class MachineTime {
    private static final Path STAT = Path.of("/proc/stat");
    private static final double JIFFIES_PER_S = 100;
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;
    private static final Pattern CHILDREN = Pattern.compile("(\\d+)m([0-9.]+)s (\\d+)m([0-9.]+)s");

    private MachineTime() {}

    /** Runs {@code ./openib} with these arguments, to its end and with success; in seconds. */
    static double ofJob(String expected, String... arguments) {
        String script = "\"$0\" \"$@\"; status=$?; times; exit $status";
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", script, Openib.HOME.resolve("openib").toString()));
        command.addAll(List.of(arguments));
        double idleBefore = idleSeconds();
        try (Openib openib = Openib.startCommand(Map.of(), command)) {
            Openib.Outcome outcome = openib.end().hasStatus(0);
            double idle = idleSeconds() - idleBefore;
            assertThat(outcome.out()).as(outcome.toString()).anyMatch(line -> line.contains(expected));
            double used = cpuSeconds(outcome.out().get(outcome.out().size() - 1));
            return (used + idle) / Runtime.getRuntime().availableProcessors();
        }
    }

    /** From the shell's line about its children. */
    private static double cpuSeconds(String line) {
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
