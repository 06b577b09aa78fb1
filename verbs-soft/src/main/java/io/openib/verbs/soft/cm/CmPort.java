package io.openib.verbs.soft.cm;

import io.openib.verbs.Mtu;
import java.util.List;

/**
 * A port that connections can go through.
 *
 * @param deviceName for example {@code soft0}
 * @param port from 1
 * @param nodeGuid names the device among all devices of all processes: queue pair numbers are unique within it
 * @param lid 0 on Ethernet
 * @param activeMtu the most a path through it may have
 * @param isActive whether it carries traffic now; routes over another are refused
 * @param addresses the host addresses it answers to, loopback included
 */
public record CmPort(
        String deviceName,
        int port,
        long nodeGuid,
        int lid,
        Mtu activeMtu,
        boolean isActive,
        List<CmAddress> addresses) {
    public CmPort {
        addresses = List.copyOf(addresses);
    }
}
