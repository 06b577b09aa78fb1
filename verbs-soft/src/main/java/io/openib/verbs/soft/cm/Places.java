package io.openib.verbs.soft.cm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds the port and address that a host address stands for. */
final class Places {
    /** An address of a port. */
    record Place(CmPort port, CmAddress address) {}

    /** Any port but 0: connecting a datagram socket sends nothing, it only asks the routing table. */
    private static final int PROBE_PORT = 9;

    private final CmHost host;

    Places(CmHost host) {
        this.host = host;
    }

    /**
     * The place of a local address; any loopback address stands for any other.
     *
     * @return null when no device has it
     */
    @Nullable
    Place at(InetAddress local) {
        Place exact = first(place -> place.address().address().equals(local));
        return exact != null || !local.isLoopbackAddress() ? exact : loopback();
    }

    /**
     * The place from which a destination is reached.
     *
     * @return null when there is no way, or it leads through no device
     */
    @Nullable
    Place toward(InetAddress destination) {
        if (destination.isAnyLocalAddress() || destination.isLoopbackAddress()) {
            Place loopback = loopback();
            return loopback != null ? loopback : first(place -> true);
        }
        Place own = at(destination);
        if (own != null) {
            return own;
        }
        try (DatagramChannel probe = DatagramChannel.open()) {
            probe.connect(new InetSocketAddress(destination, PROBE_PORT));
            return at(((InetSocketAddress) probe.getLocalAddress()).getAddress());
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether there is any device at all. */
    boolean isEmpty() {
        return host.ports().isEmpty();
    }

    private @Nullable Place loopback() {
        return first(place -> place.address().address().isLoopbackAddress());
    }

    /** The first that fits, those that carry traffic before those that do not. */
    private @Nullable Place first(Predicate<Place> condition) {
        List<CmPort> ports = host.ports().stream()
                .sorted(Comparator.comparing(port -> !port.isActive()))
                .toList();
        for (CmPort port : ports) {
            for (CmAddress address : port.addresses()) {
                Place place = new Place(port, address);
                if (condition.test(place)) {
                    return place;
                }
            }
        }
        return null;
    }
}
