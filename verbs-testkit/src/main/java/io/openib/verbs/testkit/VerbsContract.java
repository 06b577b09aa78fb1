package io.openib.verbs.testkit;

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
}
