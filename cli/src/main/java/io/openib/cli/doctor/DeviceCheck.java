package io.openib.cli.doctor;

import io.openib.verbs.Device;
import io.openib.verbs.Finding;
import io.openib.verbs.Gid;
import io.openib.verbs.GidChoice;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PkeyChoice;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.PortState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;

/** Opens one device and looks at each port: link, GIDs, address, and whether a message gets through. */
final class DeviceCheck {
    private static final String PARTITION = "partition";

    private final VerbsProvider provider;
    private final String name;
    private final OptionalInt gidRow;
    private final int partition;
    private final BiConsumer<String, Finding> findings;

    /**
     * Of one device.
     *
     * @param gidRow what {@code btl_openib_gid_index} says, if it says anything
     * @param partition what {@code btl_openib_pkey} says
     */
    DeviceCheck(
            VerbsProvider provider,
            String name,
            OptionalInt gidRow,
            int partition,
            BiConsumer<String, Finding> findings) {
        this.provider = provider;
        this.name = name;
        this.gidRow = gidRow;
        this.partition = partition;
        this.findings = findings;
    }

    void run() {
        String check = "open, with its load-time checks";
        try (Device device = provider.open(name)) {
            var attributes = device.attributes();
            findings.accept(
                    name, Finding.ok(check, provider.name() + ", firmware " + firmware(attributes.firmwareVersion())));
            for (int port = 1; port <= attributes.physicalPorts(); port++) {
                checkPort(device, port);
            }
        } catch (VerbsException e) {
            findings.accept(
                    name,
                    failed(
                            check,
                            String.valueOf(e.getMessage()),
                            ", or leave the device out with btl_openib_if_exclude"));
        }
    }

    /** Of a reason whose last part is what to do, as refusals have it; {@code also} goes on with that. */
    static Finding failed(String check, String reason, String also) {
        int remedy = reason.lastIndexOf("; ");
        return Finding.failed(
                check,
                remedy < 0 ? reason : reason.substring(0, remedy),
                (remedy < 0 ? "mend what it names" : reason.substring(remedy + 2)) + also);
    }

    private static String firmware(String version) {
        return version.isEmpty() ? "without a version" : version;
    }

    private void checkPort(Device device, int port) {
        String place = name + ":" + port;
        PortAttributes attributes = device.queryPort(port);
        boolean isActive = attributes.state() == PortState.ACTIVE;
        findings.accept(place, isActive ? link(attributes) : downPort(attributes));
        Optional<GidEntry> gid = checkGids(place, attributes, device.queryGidTable(port));
        OptionalInt pkeyRow = isActive ? checkPartition(place, device, port) : OptionalInt.empty();
        if (!isActive) {
            findings.accept(place, Finding.skipped(Loopback.CHECK, "needs a port that is ACTIVE"));
        } else if (gid.isEmpty() && attributes.linkLayer() == LinkLayer.ETHERNET) {
            findings.accept(place, Finding.skipped(Loopback.CHECK, "needs a GID"));
        } else if (pkeyRow.isEmpty()) {
            findings.accept(place, Finding.skipped(Loopback.CHECK, "needs a partition"));
        } else {
            findings.accept(
                    place, new Loopback(device, port, attributes, gid.orElse(null), pkeyRow.getAsInt()).check());
        }
    }

    /** The row that traffic would use. */
    private OptionalInt checkPartition(String place, Device device, int port) {
        OptionalInt row = PkeyChoice.row(device, port, partition);
        if (row.isEmpty()) {
            findings.accept(
                    place,
                    Finding.failed(
                            PARTITION,
                            partition == 0
                                    ? "the P_Key table is empty"
                                    : "the P_Key table does not hold btl_openib_pkey, 0x"
                                            + Integer.toHexString(partition),
                            "see to the partitions of the subnet manager, or to btl_openib_pkey"));
            return row;
        }
        int key = device.queryPkey(port, row.getAsInt());
        String evidence = "0x" + Integer.toHexString(key) + ", row " + row.getAsInt();
        findings.accept(
                place,
                PkeyChoice.isFullMember(key)
                        ? Finding.ok(PARTITION, evidence)
                        : Finding.warning(
                                PARTITION,
                                evidence + ", of which the port is a limited member",
                                "limited members do not reach one another: set btl_openib_pkey, or see to the partitions of the"
                                        + " subnet manager"));
        return row;
    }

    private static Finding link(PortAttributes port) {
        String speed = port.speedMbps() == 0 ? "" : ", " + port.speedMbps() / 1_000 + " Gb/s";
        return Finding.ok(
                "link",
                "ACTIVE, " + port.linkLayer() + ", path MTU " + port.activeMtu().bytes() + speed);
    }

    private static Finding downPort(PortAttributes port) {
        return Finding.failed(
                "link",
                "the port is " + port.state() + ", not ACTIVE (" + port.linkLayer() + ")",
                port.linkLayer() == LinkLayer.ETHERNET
                        ? "ip link set its network interface up, and see to cable and switch"
                        : "see to cable and switch; INIT or ARMED mean that no subnet manager has configured it (opensm)");
    }

    /** The row that traffic would use. */
    private Optional<GidEntry> checkGids(String place, PortAttributes port, List<GidEntry> table) {
        List<GidEntry> filled =
                table.stream().filter(entry -> !entry.gid().equals(Gid.ZERO)).toList();
        Optional<GidEntry> used = gidRow.isEmpty()
                ? GidChoice.of(filled, port.linkLayer())
                : filled.stream()
                        .filter(entry -> entry.index() == gidRow.getAsInt())
                        .findFirst();
        if (filled.isEmpty()) {
            findings.accept(
                    place,
                    Finding.failed(
                            "GIDs",
                            "the table is empty",
                            "give its network interface an address, or wait for the subnet manager"));
            return used;
        }
        String rows = String.join(", ", filled.stream().map(DeviceCheck::row).toList());
        findings.accept(
                place,
                used.map(row -> gids(port, filled, rows + "; used: " + row.index()))
                        .orElseGet(() -> noSuchRow(rows)));
        findings.accept(place, address(port, filled));
        return used;
    }

    private Finding noSuchRow(String rows) {
        return Finding.failed(
                "GIDs",
                "btl_openib_gid_index is " + gidRow.orElse(0) + ", and the table has " + rows,
                "name a row that is there, or leave it unset to have one chosen");
    }

    private static Finding gids(PortAttributes port, List<GidEntry> filled, String rows) {
        if (port.linkLayer() != LinkLayer.ETHERNET) {
            return Finding.ok("GIDs", rows);
        }
        boolean isRoutable = filled.stream().anyMatch(entry -> !entry.gid().isLinkLocal());
        boolean hasVersion2 = filled.stream().anyMatch(entry -> entry.type() == GidType.ROCE_V2);
        if (isRoutable && hasVersion2) {
            return Finding.ok("GIDs", rows);
        }
        return Finding.warning(
                "GIDs",
                rows + (isRoutable ? "; none is RoCE v2" : "; all are link-local"),
                isRoutable
                        ? "RoCE v1 is not routed: switch the driver to v2 where peers are on other subnets"
                        : "give its network interface an address, so that peers on other subnets can be reached");
    }

    private static String row(GidEntry entry) {
        String type = entry.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return entry.index() + ": " + entry.gid() + " " + type;
    }

    private Finding address(PortAttributes port, List<GidEntry> filled) {
        String check = "address on the port";
        if (provider.exclusivity() <= VerbsProvider.SOFTWARE) {
            return Finding.skipped(check, "a software device has those of this host");
        }
        if (port.linkLayer() != LinkLayer.ETHERNET) {
            return Finding.skipped(check, "an InfiniBand port; the wireup rdmacm needs one on its IPoIB interface");
        }
        for (GidEntry entry : filled) {
            InetAddress address = entry.gid().toAddress();
            if (!entry.gid().isLinkLocal() && isOnAnInterface(address)) {
                return Finding.ok(check, address.getHostAddress() + ", of GID " + entry.index());
            }
        }
        return Finding.warning(
                check,
                "no GID is an address of a network interface",
                "ip addr add one to the port's interface: the wireup rdmacm finds the port by it");
    }

    private static boolean isOnAnInterface(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
