package io.openib.verbs.testkit;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every group of cases rests on. */
@ExtendWith(FixtureExtension.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public interface VerbsContract {
    /** The device that is tested. */
    DeviceUnderTest deviceUnderTest();

    /** Where the peer runs. */
    PeerPlacement peerPlacement();

    /** A peer's side that is there already and outlives the class; by default the suite opens one. */
    default Optional<Side> farSide() {
        return Optional.empty();
    }

    /** Tells with which seed a case can be repeated. */
    default void tellSeed(String caseName, String option) {
        System.out.println(caseName + ": " + option);
    }
}
