package io.openib.verbs.testkit;

import io.openib.verbs.Device;
import io.openib.verbs.GidChoice;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.Optional;

/**
 * How the suite gets the device that it tests. An implementation has a public constructor without parameters, since a peer
 * in another process makes its own.
 */
public interface DeviceUnderTest {
    /** Opens the device: a new context at each call. */
    Device open();

    /** Where the device comes from; without it the cases about the provider and its connection manager are left out. */
    default Optional<VerbsProvider> provider() {
        return Optional.empty();
    }

    /** Where this device may differ from others. */
    default DeviceTraits traits() {
        return DeviceTraits.strict();
    }

    /** The port that carries the traffic. */
    default int port() {
        return 1;
    }

    /** The row of the GID table that the traffic uses: by default the one that {@link GidChoice} takes. */
    default int gidIndex(Device device) {
        return GidChoice.row(device, port());
    }

    /** The row of the P_Key table that the traffic uses: by default the one that {@link PkeyChoice} takes. */
    default int pkeyIndex(Device device) {
        return PkeyChoice.row(device, port(), 0).orElse(0);
    }

    /** What the JVM of a peer process needs beside the class path, for example {@code -D} settings. */
    default List<String> peerJvmOptions() {
        return List.of();
    }
}
