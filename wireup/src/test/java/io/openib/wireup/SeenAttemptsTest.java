package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.HandshakeMessage.Failure;
import io.openib.wireup.HandshakeMessage.Status;
import io.openib.wireup.WireupFailure.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is new, what is of now and what is of the past, by module and attempt. */
@Timeout(value = 10, unit = TimeUnit.SECONDS)
class SeenAttemptsTest {
    private static final PeerName PEER = new PeerName(1);
    private static final long START_MS = 1_000;

    private final SimulatedProcess here = new SimulatedJob(7, 2).start(0);
    private final List<byte[]> said = new ArrayList<>();
    private final HandshakeScope scope = new HandshakeScope(
            here, new HandshakeSettings("none", 1_000, 1, 1), new Listener(), here, new Random(7), Generation.next());
    private final SeenAttempts seen = new SeenAttempts(scope, PEER);

    private final class Listener implements MessageCarrier {
        @Override
        public int module() {
            return 0;
        }

        @Override
        public int module(PeerContact contact) {
            return 0;
        }

        @Override
        public void send(PeerName peer, int module, @Nullable PeerContact contact, byte[] message) {
            said.add(message);
        }

        @Override
        public void finished(PeerName peer, int module) {
            // nothing to give up
        }
    }

    private static HandshakeMessage message(int module, int attempt) {
        return message(START_MS, module, attempt);
    }

    private static HandshakeMessage message(long startMs, int module, int attempt) {
        Failure any = new Failure(Reason.REFUSED, "no");
        long generation = Generation.of(startMs, module);
        return new HandshakeMessage(
                PEER, new PeerName(0), 0, module, generation, attempt, 0, Status.FAILED, Status.NONE, null, any);
    }

    @Test
    void shouldCountEachModuleForItself() {
        seen.see(message(2, 10));
        seen.see(message(1, 50));
        assertThat(seen.age(message(2, 9))).isNegative();
        assertThat(seen.age(message(2, 10))).isZero();
        assertThat(seen.age(message(2, 11))).isPositive();
        assertThat(seen.age(message(1, 49))).isNegative();
        assertThat(seen.age(message(1, 50))).isZero();
        assertThat(seen.age(message(3, 1))).isPositive();
    }

    @Test
    void shouldCountAttemptsAsNumbersWithoutASign() {
        seen.see(message(1, Integer.MAX_VALUE));
        assertThat(seen.age(message(1, Integer.MIN_VALUE))).isPositive();
    }

    @Test
    void shouldForgetAnEarlierProcessAndTakeNoneOfItForNew() {
        seen.see(message(2, 10));
        seen.see(message(START_MS + 1, 1, 3));
        for (int module : List.of(1, 2, 3)) {
            assertThat(seen.age(message(module, 99))).isNegative();
        }
        assertThat(seen.age(message(START_MS + 1, 1, 3))).isZero();
        assertThat(seen.age(message(START_MS + 1, 2, 1))).isPositive();
    }

    @Test
    void shouldTakeNothingForNewThatItHadToForget() {
        for (int module = 1; module <= 10 * SeenAttempts.MOST_MODULES; module++) {
            seen.see(message(module, module));
            seen.see(message(1, module)); // in use all the time
        }
        int last = 10 * SeenAttempts.MOST_MODULES;
        for (int module = 2; module <= last; module++) {
            assertThat(seen.age(message(module, module))).isNotPositive();
        }
        assertThat(seen.age(message(2, 99))).isNegative();
        assertThat(seen.age(message(1, last))).isZero();
        assertThat(seen.age(message(1, last + 1))).isPositive();
        assertThat(seen.age(message(last + 1, 1))).isPositive();
    }

    @Test
    void shouldEndWhatOneModuleHasOfferedWhenAnotherOffers() {
        seen.seeOffer(message(2, 10));
        assertThat(seen.isOver(message(2, 10))).isFalse();
        seen.seeOffer(message(1, 20));
        assertThat(seen.isOver(message(2, 10))).isTrue();
        assertThat(seen.isOver(message(2, 11))).isFalse();
        assertThat(seen.isOver(message(1, 20))).isFalse();
    }

    @Test
    void shouldSayAgainHowTheAttemptOfThatModuleEnded() throws HandshakeFormatException {
        seen.see(message(1, 20));
        seen.conclude(message(1, 20), 0, Reason.REFUSED, "not by this port");
        seen.see(message(2, 20));
        assertThat(seen.isJudged(message(2, 20))).isFalse();
        seen.repeatVerdict(message(2, 20));
        assertThat(said).hasSize(1);
        seen.repeatVerdict(message(1, 20));
        assertThat(said).hasSize(2);
        assertThat(scope.codec().decode(said.get(1)).failure())
                .isEqualTo(new Failure(Reason.REFUSED, "not by this port"));
    }

    @Test
    void shouldNumberTheModulesOfThisProcessUpwardsWhateverTheClockSays() {
        long first = Generation.next();
        long second = Generation.next();
        assertThat(second).isGreaterThan(first);
        assertThat(Generation.isOfOneProcess(first, second)).isTrue();
        assertThat(Generation.of(START_MS + 1, 0)).isGreaterThan(Generation.of(START_MS, 1 << 19));
        assertThat(first).isPositive();
    }
}
