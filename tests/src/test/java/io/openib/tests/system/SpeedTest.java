package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The transport against what this machine can do at best, measured in the same breath. Ratios only, and the best of up to
 * three: whatever else runs on the machine makes a ratio worse, so that the best says most of the transport.
 *
 * <p>A short message is compared with the exchange of a cache line where the two processors lie far apart, so that the
 * exchange is most of what a message costs. Where they lie near, the figures are printed: docs/performance.md says how near
 * they come. A virtual machine's processors may move meanwhile, so the exchange is measured before and after.
 */
@Timeout(value = 150, unit = TimeUnit.SECONDS)
class SpeedTest {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final double LEAST_OF_MEMCPY = 0.7;
    private static final double MOST_CACHE_LINES = 2.5;
    private static final int TRIES = 3;

    /** Processors near each other exchange a line in a good deal less; others in more. */
    private static final double APART_US = 0.1;

    private static final double SAME_PLACE = 1.3;

    /** By turns with lines, which takes what messages use out of the caches: see docs/performance.md. */
    private static final double MOST_LINES_BY_TURNS = 5;

    /** Where the processors are near, what a message costs beside its lines is most of it. */
    private static final double MOST_NEAR_LINES_BY_TURNS = 10;

    /** Six seconds each; in one of three the compiler, or another machine on the same host, was in the way. */
    private static final int TRIES_BY_TURNS = 6;

    private static final Pattern PAIR = Pattern.compile("line ([0-9.]+) us, message ([0-9.]+) us, ratio ([0-9.]+)");

    /** What one try has found. */
    private record Found(double lineUs, double lineAfterUs, double messageUs, double ofMemcpy) {
        boolean isOfApart() {
            double most = Math.max(lineUs, lineAfterUs);
            double least = Math.min(lineUs, lineAfterUs);
            return least > APART_US && most < SAME_PLACE * least;
        }

        double lines() {
            return messageUs / Math.max(lineUs, lineAfterUs);
        }

        boolean isQuick() {
            return !isOfApart() || lines() <= MOST_CACHE_LINES;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "1 MiB put %.2f of memcpy; 8 B message %.3f us, a cache line %.3f us before and %.3f after",
                    ofMemcpy,
                    messageUs,
                    lineUs,
                    lineAfterUs);
        }
    }

    private static double number(Openib.Outcome outcome, String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        for (String line : outcome.out()) {
            Matcher matcher = wanted.matcher(line);
            if (matcher.find()) {
                return Double.parseDouble(matcher.group(1));
            }
        }
        throw new AssertionError("nothing like " + pattern + " in " + outcome);
    }

    private static Openib.Outcome limits() {
        return Openib.run("run", "-n", "2", "limits", "--json").hasStatus(0);
    }

    private static double lineUs(Openib.Outcome limits) {
        return number(limits, "\"cache_line_half_round_trip_us\":([0-9.]+)");
    }

    private static Openib.Outcome pingpong(String wireup) {
        List<String> command = new ArrayList<>(List.of("run", "-n", "2", "--mca", "btl_openib_cpc", wireup));
        command.addAll(List.of("pingpong", "--json", "--sizes", "8,1M", "--time", "200", "--warmup", "100"));
        return Openib.run(command.toArray(String[]::new)).hasStatus(0);
    }

    private static Found measure(String wireup) {
        Openib.Outcome before = limits();
        Openib.Outcome pingpong = pingpong(wireup);
        Openib.Outcome after = limits();
        double ofMemcpy = number(pingpong, "\"bytes\":1048576,.*\"mb_per_s\":([0-9.]+)")
                / number(before, "\"memcpy_mb_per_s\":([0-9.]+)");
        double messageUs = number(pingpong, "\"bytes\":8,\"half_round_trip_us\":\\{\"p50\":([0-9.]+)");
        Found found = new Found(lineUs(before), lineUs(after), messageUs, ofMemcpy);
        System.out.println(wireup + ": " + found);
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldComeNearTheMachinesOwnLimits(String wireup) {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two cores");
        List<Found> trail = new ArrayList<>();
        boolean isGood = false;
        for (int i = 0; i < TRIES && !isGood; i++) {
            Found found = measure(wireup);
            trail.add(found);
            isGood = found.isQuick() && found.ofMemcpy() >= LEAST_OF_MEMCPY;
        }

        assertThat(isGood)
                .as(
                        "at least %s of memcpy and, between cores, at most %s cache lines: %s",
                        LEAST_OF_MEMCPY, MOST_CACHE_LINES, trail)
                .isTrue();
    }

    /** Lines and messages by turns between the same two processes: {@link PairedRank}. */
    @Test
    void shouldTakeFewLinesAMessageWhereverTheProcessorsAre() throws IOException {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two cores");
        List<String> trail = new ArrayList<>();
        boolean isQuick = false;
        for (int i = 0; i < TRIES_BY_TURNS && !isQuick; i++) {
            String found = pair();
            trail.add(found);
            isQuick = isQuick(found);
        }
        System.out.println("by turns: " + trail);

        assertThat(isQuick)
                .as(
                        "at most %s lines where one takes more than %s us, else %s: %s",
                        MOST_LINES_BY_TURNS, APART_US, MOST_NEAR_LINES_BY_TURNS, trail)
                .isTrue();
    }

    private static String pair() throws IOException {
        Path shared = Files.createTempFile(SHARED_MEMORY, "openib-pair-", "");
        try {
            Files.write(shared, new byte[PairedRank.BYTES]);
            Openib.Outcome outcome = Openib.run(
                            "run", "-n", "2", "-cp", Openib.TEST_CLASSES, PairedRank.class.getName(), shared.toString())
                    .hasStatus(0);
            assertThat(outcome.out()).as(outcome.toString()).hasSize(1);
            return outcome.out().get(0);
        } finally {
            Files.delete(shared);
        }
    }

    private static boolean isQuick(String found) {
        Matcher pair = PAIR.matcher(found);
        assertThat(pair.matches()).as(found).isTrue();
        double most = Double.parseDouble(pair.group(1)) > APART_US ? MOST_LINES_BY_TURNS : MOST_NEAR_LINES_BY_TURNS;
        return Double.parseDouble(pair.group(3)) <= most;
    }
}
