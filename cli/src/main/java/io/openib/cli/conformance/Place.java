package io.openib.cli.conformance;

import io.openib.verbs.Device;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceTraits;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A port of a device here that carries traffic.
 *
 * @param source its provider
 * @param traits what is asked of it
 * @param gidRow the row of the GID table that was asked for; empty for the one that the transport takes
 */
record Place(VerbsProvider source, String device, int port, DeviceTraits traits, OptionalInt gidRow)
        implements DeviceUnderTest {
    /** Every port that is ACTIVE, in the order of the providers. */
    static List<Place> all(List<VerbsProvider> providers, OptionalInt gidRow) {
        List<Place> places = new ArrayList<>();
        for (VerbsProvider provider : providers) {
            if (provider.availability().isUsable()) {
                provider.deviceNames().forEach(name -> addPorts(places, provider, name, gidRow));
            }
        }
        return places;
    }

    private static void addPorts(List<Place> places, VerbsProvider provider, String name, OptionalInt gidRow) {
        try (Device device = provider.open(name)) {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                PortAttributes attributes = device.queryPort(port);
                if (attributes.state() == PortState.ACTIVE) {
                    DeviceTraits traits = isHardware(provider)
                            ? DeviceTraits.of(device.attributes(), attributes.linkLayer())
                            : DeviceTraits.strict();
                    places.add(new Place(provider, name, port, traits, gidRow));
                }
            }
        } catch (VerbsException e) {
            System.err.println("openib conformance: " + name + " is left out: " + e.getMessage());
        }
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
    public Optional<VerbsProvider> provider() {
        return Optional.of(source);
    }
}
