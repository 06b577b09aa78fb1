package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What counts as rest, by clocks that the test moves, and of this process. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class CompilerRestTest {
    private static final long ROUND_MS = 200;

    private long nowNs = 1;
    private long compiledNs;
    private long runNs;

    private final CompilerRest rest = new CompilerRest(() -> compiledNs, () -> runNs, () -> nowNs);

    private boolean isAtRestAfter(long compiledMs, long runMs) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ROUND_MS);
        compiledNs += TimeUnit.MILLISECONDS.toNanos(compiledMs);
        runNs += TimeUnit.MILLISECONDS.toNanos(runMs);
        return rest.isAtRest();
    }

    @Test
    void shouldTakeAHundredthOfTheTimeForNoRest() {
        assertThat(isAtRestAfter(1, 0)).isTrue();
        assertThat(isAtRestAfter(2, 0)).isFalse();
        assertThat(isAtRestAfter(1, 0)).isTrue();
    }

    /** It tells nothing of a method that it is not through with. */
    @Test
    void shouldSeeACompilerThatWorksAndTellsNothing() {
        assertThat(isAtRestAfter(0, 10)).as("a tick").isTrue();
        assertThat(isAtRestAfter(0, 100)).isFalse();
        assertThat(isAtRestAfter(0, 0)).isTrue();
    }

    @Test
    void shouldNotTakeAThreadOfJavasForTheCompiler() {
        CompilerRest ofThis = new CompilerRest();
        boolean isAtRest = false;
        while (!isAtRest) { // with other tests in this process before, there may be something to compile yet
            long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ROUND_MS);
            while (System.nanoTime() - endNs < 0) {
                Thread.onSpinWait();
            }
            isAtRest = ofThis.isAtRest();
        }
    }
}
