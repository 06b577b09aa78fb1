package io.openib.btl.openib;

import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import java.net.InetAddress;
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

    private static Optional<InetAddress> first(List<Gid> gids, Predicate<Gid> condition) {
        return gids.stream().filter(condition).findFirst().map(Gid::toAddress);
    }

    /** Not so an empty row, loopback, what is good on one link only, and iWARP's, which is a MAC address and zeros. */
    private static boolean isGlobal(Gid gid) {
        return gid.interfaceId() != 0 && !gid.isLinkLocal() && !gid.toAddress().isLoopbackAddress();
    }
}
