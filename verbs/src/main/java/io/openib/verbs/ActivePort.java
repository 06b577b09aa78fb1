package io.openib.verbs;

import java.util.ArrayList;
import java.util.List;

/**
 * A port that carries traffic, for those who need one and do not mind which: of several devices the first may be down.
 *
 * @param device the device's name
 * @param number of the port, from 1
 */
public record ActivePort(String device, int number) {
    /**
     * The first port of a provider that is {@link PortState#ACTIVE}, in the order of its devices. Opens and closes them one by one; one
     * that cannot be opened is passed over. Any thread.
     *
     * @throws VerbsException ENODEV if there is none, with the provider's reason or the state of each port
     */
    public static ActivePort firstOf(VerbsProvider provider) {
        Availability availability = provider.availability();
        if (!availability.isUsable()) {
            throw none(provider, availability.reason());
        }
        List<String> others = new ArrayList<>();
        for (String name : provider.deviceNames()) {
            try (Device device = provider.open(name)) {
                int ports = device.attributes().physicalPorts();
                for (int number = 1; number <= ports; number++) {
                    ActivePort port = new ActivePort(name, number);
                    PortState state = device.queryPort(number).state();
                    if (state == PortState.ACTIVE) {
                        return port;
                    }
                    others.add(port + " is " + state);
                }
            } catch (VerbsException e) {
                others.add(e.getMessage());
            }
        }
        throw none(provider, others.isEmpty() ? "it has no device" : String.join("; ", others));
    }

    private static VerbsException none(VerbsProvider provider, String why) {
        return new VerbsException("ibv_query_port", provider.name(), Errno.ENODEV, "no port is ACTIVE: " + why);
    }

    /** {@code device:port}. */
    @Override
    public String toString() {
        return device + ":" + number;
    }
}
