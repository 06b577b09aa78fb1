package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a warm-up ends, by a clock and a compiler that the test moves. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class WarmUpTest {
    private static final long ROUND_NS = TimeUnit.MILLISECONDS.toNanos(600);

    private long nowNs = 1;
    private long compiledMs;

    private WarmUp warmUp(long roundNs) {
        return new WarmUp(roundNs, () -> compiledMs, () -> nowNs);
    }

    private void round(long compiledInItMs) {
        nowNs += ROUND_NS;
        compiledMs += compiledInItMs;
    }

    @Test
    void shouldDoNothingWhenNoneIsWanted() {
        assertThat(warmUp(0).isNeeded()).isFalse();
    }

    @Test
    void shouldEndAfterTwoRoundsInWhichTheCompilerRests() {
        WarmUp warmUp = warmUp(ROUND_NS);
        assertThat(warmUp.isNeeded()).as("before the first").isTrue();
        round(500);
        assertThat(warmUp.isNeeded()).as("after a busy one").isTrue();
        round(5);
        assertThat(warmUp.isNeeded()).as("after a quiet one").isTrue();
        round(5);
        assertThat(warmUp.isNeeded()).as("after the second quiet one").isFalse();
    }

    @Test
    void shouldCountQuietRoundsAnewWhenTheCompilerWakes() {
        WarmUp warmUp = warmUp(ROUND_NS);
        assertThat(warmUp.isNeeded()).isTrue();
        round(0);
        assertThat(warmUp.isNeeded()).isTrue();
        round(100);
        assertThat(warmUp.isNeeded()).isTrue();
        round(0);
        assertThat(warmUp.isNeeded()).as("one quiet round since").isTrue();
        round(0);
        assertThat(warmUp.isNeeded()).isFalse();
    }

    @Test
    void shouldTakeAHundredthOfTheRoundForNoRest() {
        WarmUp warmUp = warmUp(ROUND_NS);
        assertThat(warmUp.isNeeded()).isTrue();
        round(6);
        assertThat(warmUp.isNeeded()).isTrue();
        round(5);
        assertThat(warmUp.isNeeded()).as("the round before was not quiet").isTrue();
        round(5);
        assertThat(warmUp.isNeeded()).isFalse();
    }

    @Test
    void shouldGiveUpOnACompilerThatNeverRests() {
        WarmUp warmUp = warmUp(ROUND_NS);
        int rounds = 0;
        while (warmUp.isNeeded()) {
            round(300);
            rounds++;
        }
        assertThat(rounds).isEqualTo(WarmUp.MOST_ROUNDS);
    }

    @Test
    void shouldBeDoneWithACompilerThatTellsNothing() {
        WarmUp warmUp = warmUp(ROUND_NS);
        int rounds = 0;
        while (warmUp.isNeeded()) {
            round(0);
            rounds++;
        }
        assertThat(rounds).isEqualTo(2);
    }
}
