package io.openib.verbs.soft;

import io.openib.verbs.Device;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.Map;
import java.util.Optional;

/** The software device with LIDs, without global routes. */
public final class SoftInfiniband implements DeviceUnderTest {
    /** Made by name, also in the peer process. */
    public SoftInfiniband() {}

    @Override
    public Device open() {
        return SoftDevices.open(Map.of("soft_link_layer", "infiniband"));
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(SoftDevices.provider(Map.of("soft_link_layer", "infiniband")));
    }
}
