package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.Map;
import java.util.Optional;

/** The software device as it is by default. */
public final class SoftEthernet implements DeviceUnderTest {
    /** Made by name, also in the peer process. */
    public SoftEthernet() {}

    @Override
    public Device open() {
        return SoftDevices.open(Map.of());
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(SoftDevices.provider(Map.of()));
    }
}
