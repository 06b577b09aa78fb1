package io.openib.verbs;

/**
 * {@code struct ibv_port_attr}.
 *
 * @param state only ACTIVE carries traffic
 * @param maxMtu the most the port can
 * @param activeMtu what it runs with
 * @param gidTableLength entries, empty ones included
 * @param pkeyTableLength entries
 * @param maxMessageBytes the longest message of a queue pair
 * @param lid local identifier; 0 on Ethernet
 * @param subnetManagerLid 0 on Ethernet
 * @param linkLayer InfiniBand or Ethernet
 * @param speedMbps signalling rate times width, in Mb/s; 0 when unknown
 * @param isGrhRequired whether packets to it need a global route within its subnet as well ({@code IBV_QPF_GRH_REQUIRED}): a virtual
 *     function that shares its LID with others is found by nothing else; Ethernet needs one anyway
 */
public record PortAttributes(
        PortState state,
        Mtu maxMtu,
        Mtu activeMtu,
        int gidTableLength,
        int pkeyTableLength,
        long maxMessageBytes,
        int lid,
        int subnetManagerLid,
        LinkLayer linkLayer,
        long speedMbps,
        boolean isGrhRequired) {}
