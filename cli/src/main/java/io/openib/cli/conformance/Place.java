package io.openib.cli.conformance;

import io.openib.verbs.Device;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceTraits;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A port of a device here that carries traffic.
 *
 * @param source its provider
 * @param traits what is asked of it
 * @param gidRow the row of the GID table that was asked for; empty for the one that the transport takes
 * @param partition the partition that was asked for; 0 for the one that the transport takes
 */
record Place(VerbsProvider source, String device, int port, DeviceTraits traits, OptionalInt gidRow, int partition)
        implements DeviceUnderTest {
    static Place of(
            VerbsProvider source, Device opened, int port, LinkLayer linkLayer, OptionalInt gidRow, int partition) {
        DeviceTraits traits =
                isHardware(source) ? DeviceTraits.of(opened.attributes(), linkLayer) : DeviceTraits.strict();
        return new Place(source, opened.name(), port, traits, gidRow, partition);
    }

    /** {@code device:port}. */
    String name() {
        return device + ":" + port;
    }

    boolean isHardware() {
        return isHardware(source);
    }

    private static boolean isHardware(VerbsProvider provider) {
        return provider.exclusivity() > VerbsProvider.SOFTWARE;
    }

    @Override
    public Device open() {
        return source.open(device);
    }

    @Override
    public int gidIndex(Device opened) {
        return gidRow.isPresent() ? gidRow.getAsInt() : DeviceUnderTest.super.gidIndex(opened);
    }

    @Override
    public int pkeyIndex(Device opened) {
        return PkeyChoice.row(opened, port, partition).orElse(0);
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(source);
    }
}
