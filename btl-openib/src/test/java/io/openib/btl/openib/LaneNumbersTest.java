package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class LaneNumbersTest {
    private static final int MOST = 2;

    private final LaneNumbers numbers = new LaneNumbers(() -> MOST);
    private final List<String> begun = new ArrayList<>();

    private void ask(int peer, boolean isOurs) {
        numbers.whenFree(peer, isOurs, () -> begun.add((isOurs ? "to " : "from ") + peer));
    }

    private void takeAll() {
        for (int number = 0; number < MOST; number++) {
            assertThat(numbers.next()).isEqualTo(number);
            numbers.take(number, 100 + number);
        }
        assertThat(numbers.next()).isNegative();
    }

    @Test
    void shouldLetWaitInOrderWhileLanesAreDrained() {
        takeAll();
        numbers.retiring(0);
        numbers.retiring(1);
        ask(7, true);
        ask(8, false);
        ask(9, true);
        assertThat(begun).isEmpty();
        numbers.free(1);
        assertThat(begun).as("the number is promised to the first").containsExactly("to 7");
        numbers.take(numbers.next(), 7);
        numbers.free(0);
        assertThat(begun).containsExactly("to 7", "from 8", "to 9");
    }

    @Test
    void shouldLetNobodyWaitForWhatWillNotBeFree() {
        takeAll();
        ask(7, true);
        assertThat(begun).as("to fail").containsExactly("to 7");
        numbers.attemptEnded(7);
        numbers.retiring(0);
        ask(8, true);
        ask(9, true);
        numbers.free(0);
        assertThat(begun).containsExactly("to 7", "to 8", "to 9");
    }

    @Test
    void shouldGoOnWhenAnAttemptEndsThatHasMadeNoLane() {
        takeAll();
        numbers.retiring(0);
        numbers.retiring(1);
        ask(7, true);
        ask(8, true);
        numbers.free(0);
        assertThat(begun).containsExactly("to 7");
        numbers.attemptEnded(7);
        assertThat(begun).containsExactly("to 7", "to 8");
    }

    @Test
    void shouldKeepOneOfAPeersOwnForIt() {
        ask(7, true);
        ask(8, true);
        numbers.take(0, 8);
        numbers.retiring(0);
        ask(9, false);
        ask(7, false);
        assertThat(begun).containsExactly("to 7", "to 8");
        numbers.free(0);
        assertThat(begun).containsExactly("to 7", "to 8", "from 9", "from 7");
    }

    @Test
    void shouldForgetWhoWaitsWhenItIsClosed() {
        takeAll();
        numbers.retiring(0);
        ask(7, true);
        numbers.close();
        numbers.free(0);
        assertThat(begun).isEmpty();
    }
}
