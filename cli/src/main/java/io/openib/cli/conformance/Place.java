package io.openib.cli.conformance;

import io.openib.verbs.Device;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.DeviceTraits;
import io.openib.verbs.testkit.DeviceUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A port of a device here that carries traffic. */
record Place(VerbsProvider source, String device, int port) implements DeviceUnderTest {
    /** Every port that is ACTIVE, in the order of the providers. */
    static List<Place> all(List<VerbsProvider> providers) {
        List<Place> places = new ArrayList<>();
        for (VerbsProvider provider : providers) {
            if (provider.availability().isUsable()) {
                provider.deviceNames().forEach(name -> addPorts(places, provider, name));
            }
        }
        return places;
    }

    private static void addPorts(List<Place> places, VerbsProvider provider, String name) {
        try (Device device = provider.open(name)) {
            for (int port = 1; port <= device.attributes().physicalPorts(); port++) {
                if (device.queryPort(port).state() == PortState.ACTIVE) {
                    places.add(new Place(provider, name, port));
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
        return source.exclusivity() > VerbsProvider.SOFTWARE;
    }

    @Override
    public Device open() {
        return source.open(device);
    }

    @Override
    public Optional<VerbsProvider> provider() {
        return Optional.of(source);
    }

    @Override
    public DeviceTraits traits() {
        return isHardware() ? DeviceTraits.ofUnknownHardware() : DeviceTraits.strict();
    }
}
