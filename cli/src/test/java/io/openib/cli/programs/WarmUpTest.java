package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a warm-up ends, by a compiler that the test moves. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class WarmUpTest {
    private boolean isAtRest;

    private WarmUp warmUp() {
        return new WarmUp(true, () -> isAtRest);
    }

    private boolean isNeededAfter(WarmUp warmUp, boolean isQuietRound) {
        isAtRest = isQuietRound;
        return warmUp.isNeeded();
    }

    @Test
    void shouldDoNothingWhenNoneIsWanted() {
        assertThat(new WarmUp(false, () -> false).isNeeded()).isFalse();
    }

    @Test
    void shouldEndAfterTwoRoundsInWhichTheCompilerRests() {
        WarmUp warmUp = warmUp();
        assertThat(isNeededAfter(warmUp, true)).as("before the first").isTrue();
        assertThat(isNeededAfter(warmUp, false)).as("after a busy one").isTrue();
        assertThat(isNeededAfter(warmUp, true)).as("after a quiet one").isTrue();
        assertThat(isNeededAfter(warmUp, true)).as("after the second quiet one").isFalse();
    }

    @Test
    void shouldCountQuietRoundsAnewWhenTheCompilerWakes() {
        WarmUp warmUp = warmUp();
        assertThat(warmUp.isNeeded()).isTrue();
        assertThat(isNeededAfter(warmUp, true)).isTrue();
        assertThat(isNeededAfter(warmUp, false)).isTrue();
        assertThat(isNeededAfter(warmUp, true)).as("one quiet round since").isTrue();
        assertThat(isNeededAfter(warmUp, true)).isFalse();
    }

    @Test
    void shouldGiveUpOnACompilerThatNeverRests() {
        WarmUp warmUp = warmUp();
        int rounds = 0;
        while (warmUp.isNeeded()) {
            rounds++;
        }
        assertThat(rounds).isEqualTo(WarmUp.MOST_ROUNDS);
    }
}
