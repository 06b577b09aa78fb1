package io.openib.verbs.soft;

import io.openib.verbs.AddressVector;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.cm.CmAddress;
import io.openib.verbs.soft.cm.CmPort;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's one port. A GID names the process, not the host: {@code fd}, seven bytes of arena id, two bytes of wire
 * port, {@code ffff}, four bytes of IPv4 address; one a host address, loopback last.
 */
final class SoftPort {
    private static final Logger LOG = LoggerFactory.getLogger(SoftPort.class);
    private static final int PREFIX = 0xfd;
    private static final long ARENA_MASK = (1L << 56) - 1;
    private static final int GID_ROWS = 16;
    private static final long SPEED_MBPS = 100_000;
    private static final int PKEY = 0xffff;
    private static final Mtu MTU = Mtu.MTU_4096;

    private final LinkLayer linkLayer;
    private final int lid;
    private final long arenaId;
    private final Supplier<OwnArena> arena;
    private final @Nullable SoftWire wire;
    private final List<InetAddress> addresses;

    /**
     * @param arena makes it, when it is not there yet: at once where a local identifier must be claimed beside it
     */
    SoftPort(long arenaId, LinkLayer linkLayer, Supplier<OwnArena> arena, @Nullable SoftWire wire) {
        this.arenaId = arenaId;
        this.wire = wire;
        this.arena = arena;
        this.linkLayer = linkLayer;
        this.addresses = hostAddresses(address -> wire == null || wire.listensOn(address));
        this.lid = linkLayer == LinkLayer.ETHERNET ? 0 : claimLid(arena.get());
    }

    /** Those first that can be reached, since the first is mostly taken; of several, such as others can reach too. */
    private static List<InetAddress> hostAddresses(Predicate<InetAddress> isReached) {
        List<InetAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (network.isUp()) {
                    Collections.list(network.getInetAddresses()).stream()
                            .filter(Inet4Address.class::isInstance)
                            .forEach(found::add);
                }
            }
        } catch (SocketException e) {
            found.clear(); // then loopback is all there is
        }
        if (found.stream().noneMatch(InetAddress::isLoopbackAddress)) {
            found.add(InetAddress.getLoopbackAddress());
        }
        found.sort(Comparator.comparing((InetAddress address) -> !isReached.test(address))
                .thenComparing(InetAddress::isLoopbackAddress));
        return found.subList(0, Math.min(found.size(), GID_ROWS));
    }

    /** Claims a local identifier by a link of its name beside the arenas, so that peers find the arena by it. */
    private static int claimLid(OwnArena arena) {
        Path root = arena.home().main();
        for (int candidate = 1; candidate < 0xc000; candidate++) {
            try {
                Path link = lidLink(root, candidate);
                Files.createSymbolicLink(link, arena.folder());
                return candidate;
            } catch (IOException e) {
                LOG.trace("soft: local identifier {} is taken", candidate, e);
            }
        }
        throw new IllegalStateException("no local identifier is free in " + root);
    }

    private static Path lidLink(Path root, int lid) {
        return root.resolve("lid-" + lid);
    }

    LinkLayer linkLayer() {
        return linkLayer;
    }

    Mtu mtu() {
        return MTU;
    }

    int pkeys() {
        return 1;
    }

    int gids() {
        return GID_ROWS;
    }

    int pkey() {
        return PKEY;
    }

    PortAttributes attributes(boolean isActive) {
        return new PortAttributes(
                isActive ? PortState.ACTIVE : PortState.DOWN,
                MTU,
                MTU,
                GID_ROWS,
                pkeys(),
                OwnArena.MAX_BYTES,
                lid,
                lid == 0 ? 0 : 1,
                linkLayer,
                SPEED_MBPS,
                false);
    }

    GidEntry gid(int index) {
        GidType type = linkLayer == LinkLayer.ETHERNET ? GidType.ROCE_V2 : GidType.IB;
        return new GidEntry(index < addresses.size() ? gidOf(addresses.get(index)) : Gid.ZERO, index, 1, type);
    }

    private Gid gidOf(InetAddress address) {
        int ipv4 = ByteBuffer.wrap(address.getAddress()).getInt();
        long wirePort = wire != null && wire.listensOn(address) ? wire.port() : 0;
        return new Gid((long) PREFIX << 56 | arenaId, wirePort << 48 | 0xffffL << 32 | (ipv4 & 0xffffffffL));
    }

    /** Where the wire of a destination listens; null when it has none. */
    @Nullable
    InetSocketAddress wireAddress(AddressVector vector) {
        AddressVector.GlobalRoute route = vector.grh();
        if (route == null || route.dgid().subnetPrefix() >>> 56 != PREFIX) {
            return null;
        }
        long second = route.dgid().interfaceId();
        int port = (int) (second >>> 48);
        if (port == 0 || (second >>> 32 & 0xffff) != 0xffff) {
            return null;
        }
        try {
            byte[] ipv4 =
                    ByteBuffer.allocate(Integer.BYTES).putInt((int) second).array();
            return new InetSocketAddress(InetAddress.getByAddress(ipv4), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /** Of a peer whose arena is made: its folder is to be seen from here, or its wire listens. */
    Optional<String> whyOutOfReach(Gid peer) {
        long id = peer.subnetPrefix() & ARENA_MASK;
        boolean isOurs = peer.subnetPrefix() >>> 56 != PREFIX || id == arenaId;
        if (isOurs || peer.interfaceId() >>> 48 != 0) {
            return Optional.empty();
        }
        ArenaHome home = arena.get().home();
        return home.isThere(id)
                ? Optional.empty()
                : Optional.of(
                        "its shared memory is not in " + home.main()
                                + " as this process sees that, and no wire of its listens at the"
                                + " address of its GID: have all ranks of a host see one /dev/shm, as containers may not, or set soft_wire to all");
    }

    List<GidEntry> table() {
        List<GidEntry> rows = new ArrayList<>();
        for (int index = 0; index < addresses.size(); index++) {
            rows.add(gid(index));
        }
        return rows;
    }

    CmPort cmPort(String deviceName, boolean isActive) {
        List<CmAddress> all = new ArrayList<>();
        for (int index = 0; index < addresses.size(); index++) {
            all.add(new CmAddress(addresses.get(index), gid(index).gid(), index));
        }
        return new CmPort(deviceName, 1, arenaId, lid, MTU, isActive, all);
    }

    /** The arena that an address vector leads to; 0 for none. */
    long arenaOf(AddressVector vector) {
        AddressVector.GlobalRoute route = vector.grh();
        if (route != null) {
            Gid gid = route.dgid();
            return gid.subnetPrefix() >>> 56 == PREFIX ? gid.subnetPrefix() & ARENA_MASK : 0;
        }
        try {
            Path folder = Files.readSymbolicLink(lidLink(arena.get().home().main(), vector.dlid()));
            return Long.parseUnsignedLong(folder.getFileName().toString().replaceFirst(".*-", ""), 16);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    Gid sourceGid(AddressVector vector) {
        AddressVector.GlobalRoute route = vector.grh();
        return gid(route == null ? 0 : route.sgidIndex()).gid();
    }

    Gid destinationGid(AddressVector vector) {
        AddressVector.GlobalRoute route = vector.grh();
        return route == null ? Gid.ZERO : route.dgid();
    }

    void close() {
        if (lid != 0) {
            try {
                Files.deleteIfExists(lidLink(arena.get().home().main(), lid));
            } catch (IOException e) {
                return; // whoever claims it next finds that it leads nowhere
            }
        }
    }
}
