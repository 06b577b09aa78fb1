package io.openib.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A rank is stopped in the midst of an operation on another one's memory, which gives it up: that one's other peers connect
 * meanwhile, and when the rank goes on it connects anew and has spoilt nothing.
 */
@Timeout(value = 200, unit = TimeUnit.SECONDS)
class FrozenRankTest {
    private static final String WRITER = "writer ";
    private static final int TRIES = 200;

    @ParameterizedTest
    @ValueSource(strings = {"oob", "rdmacm"})
    void shouldHoldUpNobodyElse(String wireup) throws IOException {
        try (Openib job = Openib.start(
                Map.of(),
                "run",
                "-n",
                "3",
                "--mca",
                "btl_openib_cpc",
                wireup,
                "-cp",
                Openib.TEST_CLASSES,
                FrozenRank.class.getName())) {
            String writer = job.awaitLine(line -> line.startsWith(WRITER));
            long pid = Long.parseLong(writer.substring(WRITER.length()));
            job.awaitLine(line -> line.equals("written"));
            freezeInTheMidst(job, pid);
            job.say("go");
            job.awaitLine(line -> line.equals("served"));
            assertThat(isFrozen(pid)).as("it stands all the while").isTrue();

            Openib.kill("CONT", pid);
            job.say("thawed");
            job.awaitLine(line -> line.equals("is intact: true"));
            Openib.Outcome outcome = job.end().hasStatus(0);
            assertThat(outcome.err()).as(outcome.toString()).noneMatch(line -> line.contains("stay open"));
        }
    }

    /** Stops it until rank 0 finds its memory half written. */
    private static void freezeInTheMidst(Openib job, long pid) throws IOException {
        for (int look = 1; look <= TRIES; look++) {
            Openib.kill("STOP", pid);
            while (!isFrozen(pid)) {
                Thread.onSpinWait();
            }
            job.say("look");
            List<String> looked = job.awaitLines(look, line -> line.startsWith("looked: "));
            if (looked.get(look - 1).endsWith("midst")) {
                return;
            }
            Openib.kill("CONT", pid);
        }
        throw new AssertionError("it was never in the midst of a write");
    }

    /** Whether every thread of it is stopped. */
    private static boolean isFrozen(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.allMatch(FrozenRankTest::isStopped);
        }
    }

    private static boolean isStopped(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            return true; // it has ended
        }
    }
}
