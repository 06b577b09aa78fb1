package io.openib.btl.openib;

import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;

/**
 * Which row of a port's GID table to use when nobody says: on InfiniBand the first, whose prefix is the subnet's. On Ethernet one
 * of RoCE v2 before one of RoCE v1, which no router passes on; then an IPv4 address, a global IPv6 address, one that stays on this
 * host, and last a link-local one, which says nothing of the way. Of equal ones the first.
 */
final class GidChoice {
    private GidChoice() {}

    /** The row; 0 for a table that is empty. */
    static int row(List<GidEntry> table, LinkLayer linkLayer) {
        if (linkLayer != LinkLayer.ETHERNET) {
            return 0;
        }
        Comparator<GidEntry> byType = Comparator.comparingInt(entry -> entry.type() == GidType.ROCE_V2 ? 0 : 1);
        return table.stream()
                .filter(entry -> !entry.gid().equals(Gid.ZERO))
                .min(byType.thenComparingInt(entry -> distance(entry.gid())).thenComparingInt(GidEntry::index))
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
