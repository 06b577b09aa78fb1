package io.openib.wireup.oob;

import io.openib.wireup.WireupRefusedException;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The addresses by which other hosts may reach this one. */
final class HostAddresses {
    private HostAddresses() {}

    /**
     * What counts of a network interface.
     *
     * @param isUp whether anything can reach it
     * @param addresses of it
     */
    record Interface(boolean isUp, List<InetAddress> addresses) {
        private static Interface of(NetworkInterface network) {
            return new Interface(isUp(network), network.inetAddresses().toList());
        }

        private static boolean isUp(NetworkInterface network) {
            try {
                return network.isUp();
            } catch (SocketException e) {
                return false; // it has gone meanwhile
            }
        }
    }

    /** Those of this host. */
    static List<Interface> interfaces() throws WireupRefusedException {
        try {
            return NetworkInterface.networkInterfaces().map(Interface::of).toList();
        } catch (IOException e) {
            throw new WireupRefusedException("the host's addresses cannot be read: " + e.getMessage(), e);
        }
    }

    /** The port's own first, then those of interfaces that are up, IPv4 before IPv6. */
    static List<InetAddress> reachable(Optional<InetAddress> port, List<Interface> interfaces) {
        List<InetAddress> found = new ArrayList<>();
        port.ifPresent(found::add);
        interfaces.stream()
                .filter(Interface::isUp)
                .flatMap(network -> network.addresses().stream())
                .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .filter(address -> !found.contains(address))
                .sorted(Comparator.comparing(address -> !(address instanceof Inet4Address)))
                .forEach(found::add);
        return found;
    }
}
