package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PortPatienceTest {
    private final PortPatience patience = new PortPatience(2_000);

    /** A clock of this kind may run over. */
    private static long at(long ms) {
        return Long.MAX_VALUE + TimeUnit.MILLISECONDS.toNanos(ms - 500);
    }

    @Test
    void shouldLastForHalfOfTheDeadlineFromTheFirstTimeOn() {
        assertThat(patience.isOver(at(0))).isFalse();
        assertThat(patience.isOver(at(999))).isFalse();
        assertThat(patience.isOver(at(1_000))).isTrue();
    }

    @Test
    void shouldBeginAnewOnceThePortWasUpOrNobodyWaited() {
        assertThat(patience.isOver(at(0))).isFalse();
        patience.renew();
        assertThat(patience.isOver(at(1_500))).isFalse();
        assertThat(patience.isOver(at(2_500))).isTrue();
    }
}
