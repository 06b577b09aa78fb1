package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.PeerName;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two ports of a process ask one peer, each for itself, with numbers of one row. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class PeerNumbersTest {
    private static final PeerName PEER = new PeerName(3);

    private final AttemptNumbers numbers = new AttemptNumbers();
    private final Peer port = new Peer(PEER, numbers);
    private final Peer otherPort = new Peer(PEER, numbers);
    private final SeenHellos seen = new SeenHellos();

    private Hello hello(int attempt, Peer from) {
        return new Hello(attempt, numbers.generation(), 1, 3, 0, 0, 0, List.of(17), from.lastAttempt());
    }

    @Test
    void shouldNotTakeWhatOnePortAsksForGivenUpWhenTheOtherReplies() {
        Hello first = hello(otherPort.nextAttempt(), otherPort);
        seen.see(first);
        Hello asked = hello(port.nextAttempt(), port);

        seen.seeReply(hello(9, otherPort));
        assertThat(seen.age(asked)).isPositive();
        seen.seeReply(hello(9, port));
        assertThat(seen.age(asked)).isZero();
    }

    @Test
    void shouldGiveUpNothingByTheReplyOfAPortThatHasNeverAsked() {
        Hello asked = hello(otherPort.nextAttempt(), otherPort);
        seen.seeReply(hello(9, port));
        assertThat(seen.age(asked)).isPositive();

        seen.see(asked);
        for (int i = 0; i < 40_000; i++) {
            seen.see(hello(otherPort.nextAttempt(), otherPort));
        }
        seen.seeReply(hello(9, new Peer(PEER, numbers)));
        assertThat(seen.age(hello(otherPort.nextAttempt(), otherPort))).isPositive();
    }
}
