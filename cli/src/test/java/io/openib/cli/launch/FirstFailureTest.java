package io.openib.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FirstFailureTest {
    private final FirstFailure first = new FirstFailure();

    private static JobEvent.RankEnded end(int rank, int status) {
        return new JobEvent.RankEnded(rank, status);
    }

    @Test
    void shouldWaitForARankThatWasGoneBeforeTheOneThatFailed() {
        first.onLeft(0);
        first.onLeft(1);
        first.onEnded(end(1, 1));
        assertThat(first.known()).isEmpty();
        assertThat(first.ofEnded()).contains(end(1, 1));

        first.onEnded(end(0, 2));
        assertThat(first.known()).contains(end(0, 2));
    }

    @Test
    void shouldPassOverARankThatEndedWell() {
        first.onLeft(0);
        first.onEnded(end(1, 1));
        first.onEnded(end(0, 0));

        assertThat(first.known()).contains(end(1, 1));
    }

    @Test
    void shouldWaitForNobodyWhereTheFirstNeverLeft() {
        first.onEnded(end(1, 137));
        first.onLeft(0);
        first.onLeft(2);

        assertThat(first.known()).contains(end(1, 137));
    }

    @Test
    void shouldNameNobodyWhereNoneFailed() {
        first.onLeft(0);
        first.onEnded(end(0, 0));

        assertThat(first.known()).isEmpty();
        assertThat(first.ofEnded()).isEmpty();
    }
}
