package io.openib.btl.openib;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which of our ports and which of a peer's are to be a pair: of one link layer, which is one version of RoCE on Ethernet and one subnet on
 * InfiniBand, and of the kind with the highest exclusivity that both have; of several such, two within reach by their GIDs; of those the quickest, of those the nearest, and of those the ones that
 * each rank lists first. The peer finds the same.
 */
final class PortPairs {
    /** What two ports of one kind must be. */
    static final String ONE_NETWORK = "of one link layer, version of RoCE and InfiniBand subnet";

    private static final int SAME_SUBNET = 1 + Integer.SIZE;
    private static final int SAME_ADDRESS = 1 + SAME_SUBNET;

    private final ModexMessage own;
    private final ModexMessage peer;
    private final boolean isLower;
    private final int ownRank;
    private final int peerRank;
    private @Nullable Pair best;

    private record Pair(int ownPort, int peerPort, int exclusivity, int speedMbps, int nearness) {}

    /** {@code isLower} says whether our rank is the lower one. */
    PortPairs(ModexMessage own, ModexMessage peer, boolean isLower, int ownRank, int peerRank) {
        this.own = own;
        this.peer = peer;
        this.isLower = isLower;
        this.ownRank = ownRank;
        this.peerRank = peerRank;
    }

    /** The best pair of those that may be used, by our port's index and the peer's port, if any two ports reach each other. */
    Optional<PeerTable.Route> best(BiPredicate<Integer, PortContact> isUsable) {
        List<PortContact> ours = own.ports();
        List<PortContact> theirs = peer.ports();
        for (int i = 0; i < ours.size(); i++) {
            for (int j = 0; j < theirs.size(); j++) {
                if (isOfOneKind(ours.get(i), theirs.get(j)) && isUsable.test(i, theirs.get(j))) {
                    consider(pair(i, ours.get(i), j, theirs.get(j)));
                }
            }
        }
        return Optional.ofNullable(best)
                .map(pair -> new PeerTable.Route(pair.ownPort, theirs.get(pair.peerPort), reason(pair)));
    }

    private static boolean isOfOneKind(PortContact our, PortContact their) {
        return our.kind().equals(their.kind())
                && our.isEthernet() == their.isEthernet()
                && (our.isEthernet() ? isOneRoce(our, their) : isOneSubnet(our, their));
    }

    /** Neither takes the other's packets for RoCE. */
    private static boolean isOneRoce(PortContact our, PortContact their) {
        return our.gidType().isEmpty()
                || their.gidType().isEmpty()
                || our.gidType().equals(their.gidType());
    }

    /** A LID means nothing in another subnet: another port may have it there. */
    private static boolean isOneSubnet(PortContact our, PortContact their) {
        return our.gid().subnetPrefix() == their.gid().subnetPrefix();
    }

    private static Pair pair(int ownPort, PortContact our, int peerPort, PortContact their) {
        int exclusivity = Math.min(our.exclusivity(), their.exclusivity());
        int speedMbps = Math.min(our.speedMbps(), their.speedMbps());
        return new Pair(ownPort, peerPort, exclusivity, speedMbps, nearness(our, their));
    }

    /**
     * Of IPv4 addresses how many leading bits are the same, but all of one subnet are as near as each other, for what is in its own
     * bits says nothing, and an address is the nearest to itself; of others whether the subnet is.
     */
    private static int nearness(PortContact our, PortContact their) {
        Gid one = our.gid();
        Gid other = their.gid();
        if (one.isIpv4Mapped() && other.isIpv4Mapped()) {
            int common = Integer.numberOfLeadingZeros((int) (one.interfaceId() ^ other.interfaceId()));
            boolean isOneSubnet = Math.min(our.subnetBits(), their.subnetBits()) > 0
                    && Math.max(our.subnetBits(), their.subnetBits()) <= common;
            return common == Integer.SIZE ? SAME_ADDRESS : isOneSubnet ? SAME_SUBNET : 1 + common;
        }
        return one.subnetPrefix() == other.subnetPrefix() && one.isIpv4Mapped() == other.isIpv4Mapped() ? 1 : 0;
    }

    private void consider(Pair pair) {
        Pair known = best;
        if (known == null || compare(pair, known) > 0) {
            best = pair;
        }
    }

    private int compare(Pair one, Pair other) {
        int order = Integer.compare(one.exclusivity, other.exclusivity);
        order = order != 0 ? order : Boolean.compare(one.nearness > 0, other.nearness > 0);
        order = order != 0 ? order : Integer.compare(one.speedMbps, other.speedMbps);
        order = order != 0 ? order : Integer.compare(one.nearness, other.nearness);
        order = order != 0 ? order : Integer.compare(ofLower(other), ofLower(one));
        return order != 0 ? order : Integer.compare(ofHigher(other), ofHigher(one));
    }

    private int ofLower(Pair pair) {
        return isLower ? pair.ownPort : pair.peerPort;
    }

    private int ofHigher(Pair pair) {
        return isLower ? pair.peerPort : pair.ownPort;
    }

    private String reason(Pair pair) {
        String kind = own.ports().get(pair.ownPort).kind();
        return "\"" + kind + "\" is the best kind of device that both have"
                + lacking(own, peer, peerRank, pair.exclusivity) + lacking(peer, own, ownRank, pair.exclusivity)
                + apart(pair.exclusivity);
    }

    private boolean isInReach(String kind) {
        return own.ports().stream().filter(our -> our.kind().equals(kind)).anyMatch(our -> peer.ports().stream()
                .anyMatch(their -> isOfOneKind(our, their)));
    }

    /** What both have that would be better, were there two ports of it that reach each other. */
    private String apart(int exclusivity) {
        List<String> kinds = own.ports().stream()
                .filter(our -> peer.ports().stream()
                        .anyMatch(their -> our.kind().equals(their.kind())
                                && Math.min(our.exclusivity(), their.exclusivity()) > exclusivity))
                .map(PortContact::kind)
                .distinct()
                .filter(kind -> !isInReach(kind))
                .toList();
        return kinds.isEmpty()
                ? ""
                : " and that reaches, as no two ports of " + String.join(", ", kinds) + " are " + ONE_NETWORK;
    }

    /** What one side has that would be better, had the other one it too. */
    private static String lacking(ModexMessage has, ModexMessage other, int otherRank, int exclusivity) {
        List<String> kinds = has.ports().stream()
                .filter(port -> port.exclusivity() > exclusivity)
                .map(PortContact::kind)
                .filter(kind ->
                        other.ports().stream().noneMatch(port -> port.kind().equals(kind)))
                .distinct()
                .toList();
        return kinds.isEmpty() ? "" : ", rank " + otherRank + " has no " + String.join(", ", kinds);
    }
}
