package io.openib.cli.conformance;

import io.openib.verbs.testkit.DeviceContract;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.PeerPlacement;
import io.openib.verbs.testkit.Side;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;

/** The device contract between this rank and another. JUnit makes the instances, so what they work with is static. */
@ExtendWith(Halt.class)
final class RankDevice implements DeviceContract {
    private static volatile @Nullable Place place;
    private static volatile @Nullable Side far;
    private static volatile String seed = "";

    /** What the next run works with; no far side: two contexts in this process. */
    static void use(Place newPlace, @Nullable Side newFar) {
        place = newPlace;
        far = newFar;
    }

    /** How the latest case can be repeated; empty before the first. */
    static String seed() {
        return seed;
    }

    @Override
    public DeviceUnderTest deviceUnderTest() {
        Place known = place;
        if (known == null) {
            throw new IllegalStateException("no device was chosen");
        }
        return known;
    }

    @Override
    public PeerPlacement peerPlacement() {
        return PeerPlacement.SAME_PROCESS;
    }

    @Override
    public Optional<Side> farSide() {
        return Optional.ofNullable(far);
    }

    @Override
    @SuppressWarnings("StaticAssignmentInConstructor")
    public void tellSeed(String caseName, String option) {
        seed = option;
    }
}
