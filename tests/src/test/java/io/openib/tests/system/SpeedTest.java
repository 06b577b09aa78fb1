package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The transport against what this machine can do at best, measured in the same breath. Ratios only; the best of a few. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SpeedTest {
    private static final double LEAST_OF_MEMCPY = 0.7;
    private static final int TRIES = 4;

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

    @Test
    void shouldPutNearlyAsFastAsMemoryIsCopied() {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs two cores");
        List<String> trail = new ArrayList<>();
        double best = 0;
        for (int i = 0; i < TRIES && best < LEAST_OF_MEMCPY; i++) {
            Openib.Outcome limits =
                    Openib.run("run", "-n", "2", "limits", "--json").hasStatus(0);
            Openib.Outcome pingpong = Openib.run(
                            "run",
                            "-n",
                            "2",
                            "pingpong",
                            "--json",
                            "--sizes",
                            "1M",
                            "--time",
                            "200",
                            "--warmup",
                            "2000")
                    .hasStatus(0);
            double ratio = number(pingpong, "\"bytes\":1048576,.*\"mb_per_s\":([0-9.]+)")
                    / number(limits, "\"memcpy_mb_per_s\":([0-9.]+)");
            trail.add(ratio + " of memcpy");
            best = Math.max(best, ratio);
        }

        assertThat(best).as("1 MiB put: %s", trail).isGreaterThanOrEqualTo(LEAST_OF_MEMCPY);
    }
}
