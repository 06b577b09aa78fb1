package io.openib.verbs.testkit;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Gid;
import java.io.Serializable;

/**
 * Where a side can be reached, and by which row of its own GID table.
 *
 * @param port the side's port
 * @param lid 0 on Ethernet
 * @param gidPrefix first half of the GID
 * @param gidInterface second half of the GID
 * @param gidIndex its row
 * @param mtuCode the port's active MTU, see {@link io.openib.verbs.Mtu#code()}
 * @param isEthernet whether a global route is required
 */
public record PortAddress(
        int port, int lid, long gidPrefix, long gidInterface, int gidIndex, int mtuCode, boolean isEthernet)
        implements Serializable {

    /** The GID. */
    public Gid gid() {
        return new Gid(gidPrefix, gidInterface);
    }

    /** The same place by another GID. */
    public PortAddress withGid(Gid other) {
        return new PortAddress(port, lid, other.subnetPrefix(), other.interfaceId(), gidIndex, mtuCode, isEthernet);
    }

    /** The same place by another LID. */
    public PortAddress withLid(int other) {
        return new PortAddress(port, other, gidPrefix, gidInterface, gidIndex, mtuCode, isEthernet);
    }

    /** The way from a side to this address: by GID on Ethernet, by LID on InfiniBand. */
    AddressVector from(PortAddress source) {
        return isEthernet
                ? AddressVector.toGid(source.port, gid(), source.gidIndex)
                : AddressVector.toLid(source.port, lid);
    }
}
