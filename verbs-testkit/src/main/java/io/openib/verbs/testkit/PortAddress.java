package io.openib.verbs.testkit;

import io.openib.verbs.AddressVector;
import io.openib.verbs.AddressVector.GlobalRoute;
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
 * @param pkeyIndex the row of its own P_Key table
 * @param mtuCode the port's active MTU, see {@link io.openib.verbs.Mtu#code()}
 * @param isEthernet whether a way by LID alone is refused
 * @param isGrhRequired whether a global route is needed all the same, as a virtual function that shares its LID does
 */
public record PortAddress(
        int port,
        int lid,
        long gidPrefix,
        long gidInterface,
        int gidIndex,
        int pkeyIndex,
        int mtuCode,
        boolean isEthernet,
        boolean isGrhRequired)
        implements Serializable {

    /** The GID. */
    public Gid gid() {
        return new Gid(gidPrefix, gidInterface);
    }

    /** The same place by another GID. */
    public PortAddress withGid(Gid other) {
        return new PortAddress(
                port,
                lid,
                other.subnetPrefix(),
                other.interfaceId(),
                gidIndex,
                pkeyIndex,
                mtuCode,
                isEthernet,
                isGrhRequired);
    }

    /** The same place by another LID. */
    public PortAddress withLid(int other) {
        return new PortAddress(
                port, other, gidPrefix, gidInterface, gidIndex, pkeyIndex, mtuCode, isEthernet, isGrhRequired);
    }

    /** The way from a side to this address: by LID on InfiniBand, and by GID where one of the two requires it. */
    AddressVector from(PortAddress source) {
        return needsGlobalRoute() || source.needsGlobalRoute()
                ? new AddressVector(source.port, lid, 0, 0, GlobalRoute.to(gid(), source.gidIndex))
                : AddressVector.toLid(source.port, lid);
    }

    private boolean needsGlobalRoute() {
        return isEthernet || isGrhRequired;
    }
}
