package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.testkit.PeerStage.Outcome;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The cases with somebody on the way, of schemes that tell how one listens to them. */
abstract class TappedCases extends WireupSuite {
    TappedCases(Fabric fabric) {
        super(fabric);
    }

    /** Promises 4 and 6: what was recorded of this very job and is said again changes nothing. */
    @TestFactory
    Stream<DynamicTest> replay() {
        return Stream.of(
                        replayCase("shouldLeaveAnEstablishedConnectionAlone", this::replayPast),
                        replayCase("shouldBeNothingToAnotherModuleOfTheSameProcess", this::replayToAnotherModule))
                .flatMap(Optional::stream);
    }

    private Optional<DynamicTest> replayCase(String name, Consumer<Wiretap> work) {
        return wiretap()
                .map(tap -> DynamicTest.dynamicTest(name, () -> {
                    try (tap) {
                        work.accept(tap);
                    }
                }));
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
        b.settle();
        a.settle();
        assertThat(b.counts().requests()).as("the transport is not asked again").isEqualTo(requests);
        assertThat(b.counts().toldX()).isZero();
        assertThat(b.counts().toldDisconnected()).isZero();
        assertThat(a.counts().toldDisconnected()).isZero();
        assertJoined(a, here, b, there);
    }
}
