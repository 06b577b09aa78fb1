package io.openib.verbs.soft.cm;

import io.openib.verbs.Gid;
import java.net.InetAddress;

/**
 * A host address of a port and the GID that goes with it.
 *
 * @param address an address of this host
 * @param gid what a peer's queue pair names to reach this port by that address
 * @param gidIndex its row in the port's GID table
 */
public record CmAddress(InetAddress address, Gid gid, int gidIndex) {}
