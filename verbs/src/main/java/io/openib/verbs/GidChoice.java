package io.openib.verbs;

import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which row of a port's GID table to use when nobody says: on InfiniBand the first, whose prefix is the subnet's. On Ethernet one
 * of RoCE v2 before one of RoCE v1, which no router passes on; then an IPv4 address, a global IPv6 address, one that stays on this
 * host, and last a link-local one, which says nothing of the way. Of equal ones the first.
 */
public final class GidChoice {
    /** The last row that can be used: {@code ibv_global_route} has a byte for its number. */
    public static final int LAST_ROW = 255;

    private static final Comparator<GidEntry> BY_INDEX = Comparator.comparingInt(GidEntry::index);
    private static final Comparator<GidEntry> BY_WAY = Comparator.<GidEntry>comparingInt(
                    entry -> entry.type() == GidType.ROCE_V2 ? 0 : 1)
            .thenComparingInt(entry -> distance(entry.gid()))
            .thenComparing(BY_INDEX);

    private GidChoice() {}

    /** The row to use; empty if no row up to {@value #LAST_ROW} of the table holds a GID. */
    public static Optional<GidEntry> of(List<GidEntry> table, LinkLayer linkLayer) {
        return table.stream()
                .filter(entry -> entry.index() <= LAST_ROW && !entry.gid().equals(Gid.ZERO))
                .min(linkLayer == LinkLayer.ETHERNET ? BY_WAY : BY_INDEX);
    }

    /** The number of the row to use of a port's table; 0 if the table is empty. */
    public static int row(Device device, int port) {
        return of(device.queryGidTable(port), device.queryPort(port).linkLayer())
                .map(GidEntry::index)
                .orElse(0);
    }

    private static int distance(Gid gid) {
        InetAddress address = gid.toAddress();
        if (gid.isLinkLocal()) {
            return 3;
        }
        if (address.isLoopbackAddress()) {
            return 2;
        }
        return gid.isIpv4Mapped() ? 0 : 1;
    }
}
