package io.openib.wireup;

import io.openib.verbs.AddressVector;
import io.openib.verbs.AddressVector.GlobalRoute;
import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PortAttributes;

/**
 * Where a port is, as its peers need it.
 *
 * @param lid 0 on Ethernet
 * @param gid the row of its GID table that it sends with
 * @param isGrhRequired whether peers need a global route to it, wherever they are: on Ethernet, and for a virtual function that shares its LID
 */
public record PortAddress(int lid, Gid gid, boolean isGrhRequired) {
    /** The address of a local port, with the GID that the settings name. */
    public static PortAddress of(Device device, QueuePairSettings settings) {
        PortAttributes attributes = device.queryPort(settings.port());
        Gid gid = device.queryGid(settings.port(), settings.sgidIndex()).gid();
        boolean isEthernet = attributes.linkLayer() == LinkLayer.ETHERNET;
        return new PortAddress(attributes.lid(), gid, isEthernet || attributes.isGrhRequired());
    }

    /** The way from here to another port: by LID within an InfiniBand subnet unless either needs more, else by GID. */
    public AddressVector vectorTo(PortAddress remote, QueuePairSettings settings) {
        boolean isRouted = isGrhRequired || remote.isGrhRequired || remote.gid.subnetPrefix() != gid.subnetPrefix();
        GlobalRoute route = isRouted ? GlobalRoute.to(remote.gid, settings.sgidIndex()) : null;
        return new AddressVector(settings.port(), remote.lid, settings.serviceLevel(), 0, route)
                .inClass(settings.trafficClass());
    }
}
