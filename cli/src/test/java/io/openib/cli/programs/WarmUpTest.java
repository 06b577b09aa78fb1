package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a warm-up ends, by a compiler and a clock that the test moves. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class WarmUpTest {
    private static final long ROUND_NS = 1_000;

    private boolean isAtRest;
    private long nowNs;

    private WarmUp warmUp() {
        return new WarmUp(ROUND_NS, () -> isAtRest, () -> nowNs);
    }

    private boolean isNeededAfter(WarmUp warmUp, boolean isQuietRound) {
        isAtRest = isQuietRound;
        nowNs += ROUND_NS;
        return warmUp.isNeeded();
    }

    @Test
    void shouldDoNothingWhenNoneIsWanted() {
        WarmUp warmUp = new WarmUp(0, () -> false);
        assertThat(warmUp.isNeeded()).isFalse();
        assertThat(warmUp.isRestless()).as("nobody wanted to know").isFalse();
    }

    @Test
    void shouldEndAfterTwoRoundsInWhichTheCompilerRests() {
        WarmUp warmUp = warmUp();
        assertThat(isNeededAfter(warmUp, true)).as("before the first").isTrue();
        assertThat(isNeededAfter(warmUp, false)).as("after a busy one").isTrue();
        assertThat(isNeededAfter(warmUp, true)).as("after a quiet one").isTrue();
        assertThat(isNeededAfter(warmUp, true)).as("after the second quiet one").isFalse();
        assertThat(warmUp.isRestless()).isFalse();
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
        assertThat(warmUp.isNeeded()).isTrue();
        int rounds = 1;
        while (isNeededAfter(warmUp, false)) {
            rounds++;
        }
        assertThat(rounds).isEqualTo(WarmUp.MOST_ROUNDS);
        assertThat(warmUp.isRestless()).isTrue();
    }

    @Test
    void shouldMakeOneRoundAndNoMoreWhereOneTakesAllTheTime() {
        WarmUp warmUp = warmUp();
        nowNs = ROUND_NS * WarmUp.MOST_ROUNDS;
        assertThat(warmUp.isNeeded()).isTrue();
        assertThat(warmUp.isNeeded()).isFalse();
    }

    @Test
    void shouldSayNothingWhenTheCompilerRestsAtTheVeryEnd() {
        WarmUp warmUp = warmUp();
        assertThat(warmUp.isNeeded()).isTrue();
        assertThat(isNeededAfter(warmUp, true)).isTrue();
        nowNs = ROUND_NS * WarmUp.MOST_ROUNDS;
        assertThat(isNeededAfter(warmUp, true)).isFalse();
        assertThat(warmUp.isRestless()).isFalse();
    }
}
