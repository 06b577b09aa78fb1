package io.openib.btl.openib;

import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The IP address that the GIDs of a port tell. */
final class GidAddress {
    private GidAddress() {}

    /** Of the software device: what the GIDs end in, {@code ffff} and an IPv4 address; the first. */
    static Optional<InetAddress> ofSoftware(List<Gid> gids) {
        return gids.stream()
                .map(gid -> new Gid(0, gid.interfaceId() & 0xffff_ffff_ffffL))
                .filter(Gid::isIpv4Mapped)
                .findFirst()
                .map(Gid::toAddress);
    }

    /**
     * Of a port of hardware: on Ethernet a GID is an address of the interface, of which the first IPv4 one is taken, else the
     * first global IPv6 one. A GID of InfiniBand is the subnet's prefix and the port's GUID, which may look like either.
     */
    static Optional<InetAddress> of(List<Gid> gids, LinkLayer linkLayer) {
        return linkLayer == LinkLayer.ETHERNET
                ? first(gids, Gid::isIpv4Mapped).or(() -> first(gids, GidAddress::isGlobal))
                : Optional.empty();
    }

    /** How many leading bits of a GID that is an IPv4 address are its subnet's, by this host's interface; 0 if none is known. */
    static int subnetBits(Gid gid, LinkLayer linkLayer) {
        if (linkLayer != LinkLayer.ETHERNET || !gid.isIpv4Mapped()) {
            return 0;
        }
        InetAddress address = gid.toAddress();
        try {
            NetworkInterface owner = NetworkInterface.getByInetAddress(address);
            List<InterfaceAddress> known = owner == null ? List.of() : owner.getInterfaceAddresses();
            return known.stream()
                    .filter(one -> address.equals(one.getAddress()))
                    .mapToInt(InterfaceAddress::getNetworkPrefixLength)
                    .findFirst()
                    .orElse(0);
        } catch (SocketException e) {
            return 0; // the interface has just gone
        }
    }

    private static Optional<InetAddress> first(List<Gid> gids, Predicate<Gid> condition) {
        return gids.stream().filter(condition).findFirst().map(Gid::toAddress);
    }

    /** Not so an empty row, loopback, what is good on one link only, and iWARP's, which is a MAC address and zeros. */
    private static boolean isGlobal(Gid gid) {
        return gid.interfaceId() != 0 && !gid.isLinkLocal() && !gid.toAddress().isLoopbackAddress();
    }
}
