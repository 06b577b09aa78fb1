package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.openib.wireup.testkit.Peer.Attempt;
import io.openib.wireup.testkit.PeerStage.Admission;
import io.openib.wireup.testkit.PeerStage.Outcome;
import io.openib.wireup.testkit.Wiretap.Way;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The cases with somebody on the way, of schemes that tell how one listens to them. */
abstract class TappedCases extends WireupSuite {
    private static final Duration CASE_LIMIT = Duration.ofSeconds(60);
    private static final int NOISES = 100;

    TappedCases(Fabric fabric) {
        super(fabric);
    }

    /** Promises 4 and 6: what was recorded of this very job and is said again changes nothing. */
    @TestFactory
    Stream<DynamicTest> replay() {
        return Stream.of(
                        tapped("shouldLeaveAnEstablishedConnectionAlone", this::replayPast),
                        tapped("shouldBeNothingToAnotherModuleOfTheSameProcess", this::replayToAnotherModule))
                .flatMap(Optional::stream);
    }

    /** Promise 2: both connected or both failed, whatever is lost, and no connection half open for long. */
    @TestFactory
    Stream<DynamicTest> loss() {
        return Stream.of(
                        tapped("shouldFailOnBothSidesWhenNoReadyArrives", this::noReady),
                        tapped("shouldConnectByAWriteWhenTheLastReadyIsLost", this::noLastReady),
                        tapped("shouldTellThePeerThatItHasFailed", this::toldOfFailure),
                        tapped("shouldEndAConnectionThatThePeerNeverConfirms", this::neverConfirmed))
                .flatMap(Optional::stream);
    }

    /** Promise 6: whatever comes from the network crashes nothing and connects nobody. */
    @TestFactory
    Stream<DynamicTest> noise() {
        return tapped("shouldTakeNothingFromNoise", this::noise).stream();
    }

    private Optional<DynamicTest> tapped(String name, Consumer<Wiretap> work) {
        return wiretap()
                .map(tap -> DynamicTest.dynamicTest(name, () -> {
                    try (tap) {
                        assertTimeoutPreemptively(CASE_LIMIT, () -> work.accept(tap));
                        endProcesses();
                    }
                }));
    }

    /** The other side's answer to a request that goes by the tap, and what is swallowed from before it on. */
    private static Attempt answered(Wiretap tap, Peer a, Peer b, Set<Way> swallowed) {
        b.admission(Admission.HOLD);
        Attempt attempt = a.connect(past(tap, b));
        int request = b.nextRequest();
        tap.swallow(swallowed);
        b.accept(request);
        return attempt;
    }

    private void noReady(Wiretap tap) {
        Peer a = near(0, SHORT_MS);
        Peer b = far(1, SHORT_MS);
        Attempt attempt = answered(tap, a, b, EnumSet.allOf(Way.class));
        attempt.outcome().requireFailed();
        b.nextToX().requireFailed(Moment.IN_TWO);
        a.assertNothingKept();
        b.assertNothingKept();
    }

    private void noLastReady(Wiretap tap) {
        Peer a = near(0, LONG_MS);
        Peer b = far(1, SHORT_MS);
        Attempt attempt = answered(tap, a, b, EnumSet.of(Way.THERE));
        Outcome here = attempt.outcome().requireConnected();
        Outcome there = b.nextToX().requireConnected().require(Moment.IN_TWO);
        assertJoined(a, here, b, there);
    }

    private void toldOfFailure(Wiretap tap) {
        Peer a = near(0, LONG_MS);
        Peer b = far(1, LONG_MS);
        Attempt attempt = answered(tap, a, b, EnumSet.of(Way.BACK));
        attempt.cancel();
        attempt.outcome().requireFailed();
        b.nextToX().requireFailed(Moment.EARLY);
        b.assertNothingKept();
    }

    private void neverConfirmed(Wiretap tap) {
        Peer a = near(0, SHORT_MS);
        Peer b = far(1, LONG_MS);
        Attempt attempt = answered(tap, a, b, EnumSet.of(Way.THERE));
        attempt.outcome().requireConnected();
        b.die();
        a.nextDisconnected().requireFailed(Moment.IN_TWO);
    }

    private void noise(Wiretap tap) {
        long seed = System.nanoTime();
        System.out.println("noise to " + newComponent().name() + ", seed " + seed);
        Random random = new Random(seed);
        Peer a = near(0, LONG_MS);
        Peer b = far(1, LONG_MS);
        Outcome here = a.connect(past(tap, b)).outcome().requireConnected();
        Outcome there = b.nextToX().requireConnected();
        int requests = b.counts().requests();
        for (int i = 0; i < NOISES; i++) {
            tap.say(b.card().toContact(), noise(random, tap.recordings()));
        }
        assertLeftAlone(a, here, b, there, requests);
        Peer c = near(2, LONG_MS);
        assertJoined(
                c, c.connect(b).outcome().requireConnected(), b, b.nextToX().requireConnected());
    }

    /** Random bytes; or what was said once, with a bit that is another, or cut off. */
    private static byte[] noise(Random random, List<byte[]> recordings) {
        byte[] bytes = recordings.get(random.nextInt(recordings.size())).clone();
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(3)) {
            case 0 -> random.nextBytes(bytes);
            case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            default -> bytes = Arrays.copyOf(bytes, at);
        }
        return bytes;
    }

    private void replayPast(Wiretap tap) {
        Peer a = near(0, LONG_MS);
        Peer b = far(1, LONG_MS);
        Outcome first = a.connect(past(tap, b)).outcome().requireConnected();
        assertUndisturbed(tap, a, first, b, b.nextToX().requireConnected());
        a.disconnect(first);
        Outcome second = a.connect(past(tap, b)).outcome().requireConnected();
        Outcome secondThere = b.nextToX().requireConnected();
        b.forgetDisconnected();
        assertUndisturbed(tap, a, second, b, secondThere);
    }

    private void replayToAnotherModule(Wiretap tap) {
        Peer other = near(0, LONG_MS); // the older: what it says must not seem to come from before what was recorded
        Peer a = near(0, LONG_MS);
        Peer b = far(1, LONG_MS);
        Peer otherThere = far(1, LONG_MS);
        a.connect(past(tap, b)).outcome().requireConnected();
        assertThat(tap.replay(otherThere.card().toContact()))
                .as("bytes that were said again")
                .isPositive();
        otherThere.settle();
        assertThat(otherThere.counts().requests()).isZero();
        Outcome here = other.connect(otherThere).outcome().requireConnected();
        assertJoined(other, here, otherThere, otherThere.nextToX().requireConnected());
    }

    private static PeerCard past(Wiretap tap, Peer peer) {
        PeerCard card = peer.card();
        return card.withBlob(tap.past(card.toContact()).blob());
    }

    private static void assertUndisturbed(Wiretap tap, Peer a, Outcome here, Peer b, Outcome there) {
        int requests = b.counts().requests();
        assertThat(tap.replay(b.card().toContact()))
                .as("bytes that were said again")
                .isPositive();
        assertLeftAlone(a, here, b, there, requests);
    }

    private static void assertLeftAlone(Peer a, Outcome here, Peer b, Outcome there, int requests) {
        b.settle();
        a.settle();
        assertThat(b.counts().requests()).as("the transport is not asked again").isEqualTo(requests);
        assertThat(b.counts().toldX()).isZero();
        assertThat(b.counts().toldDisconnected()).isZero();
        assertThat(a.counts().toldDisconnected()).isZero();
        assertJoined(a, here, b, there);
    }
}
