package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import io.openib.verbs.GidType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PortPairsTest {
    private static PortContact port(String kind, int exclusivity, int number, String address) {
        return port(kind, exclusivity, number, address, true, 100_000);
    }

    private static PortContact roce(int number, String address, int subnetBits) {
        return port("hard", 1024, number, address, true, 100_000, subnetBits);
    }

    private static PortContact port(
            String kind, int exclusivity, int number, String address, boolean isEthernet, int speedMbps) {
        return port(kind, exclusivity, number, address, isEthernet, speedMbps, 0);
    }

    private static PortContact port(
            String kind,
            int exclusivity,
            int number,
            String address,
            boolean isEthernet,
            int speedMbps,
            int subnetBits) {
        return port(kind, exclusivity, number, address, isEthernet, speedMbps, subnetBits, Optional.empty());
    }

    private static PortContact port(
            String kind,
            int exclusivity,
            int number,
            String address,
            boolean isEthernet,
            int speedMbps,
            int subnetBits,
            Optional<GidType> gidType) {
        try {
            Gid gid = Gid.of(InetAddress.getByName(address));
            return new PortContact(
                    kind,
                    exclusivity,
                    kind + "0",
                    number,
                    0,
                    false,
                    3,
                    List.of(),
                    gid,
                    isEthernet,
                    speedMbps,
                    subnetBits,
                    gidType);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ModexMessage message(List<PortContact> ports) {
        return new ModexMessage("here", 1, "P,128", 128, ports);
    }

    private static Optional<PeerTable.Route> route(ModexMessage lower, ModexMessage higher, boolean isLower) {
        return isLower
                ? new PortPairs(lower, higher, true, 0, 1).best((port, contact) -> true)
                : new PortPairs(higher, lower, false, 1, 0).best((port, contact) -> true);
    }

    @Test
    void shouldPairPortsOfOneSubnet() {
        ModexMessage here = message(List.of(port("hard", 1024, 1, "10.1.0.1"), port("hard", 1024, 2, "10.2.0.1")));
        ModexMessage there = message(List.of(port("hard", 1024, 1, "10.2.0.2")));
        PeerTable.Route route = route(here, there, true).orElseThrow();
        assertThat(route.ownPort()).isEqualTo(1);
        assertThat(route(here, there, false).orElseThrow().contact().port()).isEqualTo(2);
    }

    /** A node with InfiniBand has an Ethernet adapter for other things, whose RoCE is up as well, and in one subnet with the peer's. */
    @Test
    void shouldPreferTheQuickerPortsToTheNearer() {
        PortContact slow = port("hard", 1024, 1, "10.1.0.1", true, 25_000);
        PortContact quick = port("hard", 1024, 2, "fe80::1", false, 400_000);
        ModexMessage both = message(List.of(slow, quick));
        assertThat(route(both, both, true).orElseThrow().contact()).isEqualTo(quick);
        assertThat(route(both, both, false).orElseThrow().ownPort()).isEqualTo(1);
    }

    @Test
    void shouldPreferPortsWithinReachToQuickerOnes() {
        PortContact here = port("hard", 1024, 1, "fe80::1", false, 100_000);
        PortContact away = port("hard", 1024, 2, "fec0:1::1", false, 400_000);
        PortContact farAway = port("hard", 1024, 2, "fec0:2::1", false, 400_000);
        ModexMessage one = message(List.of(away, here));
        ModexMessage other = message(List.of(farAway, here));
        assertThat(route(one, other, true).orElseThrow().contact()).isEqualTo(here);
    }

    @Test
    void shouldNotPairInfiniBandWithEthernet() {
        ModexMessage infiniBand =
                message(List.of(port("hard", 1024, 1, "fe80::1", false, 100_000), port("soft", 64, 1, "::1")));
        ModexMessage ethernet = message(List.of(port("hard", 1024, 1, "10.1.0.1"), port("soft", 64, 1, "::1")));
        assertThat(route(infiniBand, ethernet, true).orElseThrow().contact().kind())
                .isEqualTo("soft");
    }

    private static PortContact roce(GidType version) {
        return port("hard", 1024, 1, "10.1.0.1", true, 100_000, 16, Optional.of(version));
    }

    private static PortContact infiniBand(int number, String address) {
        return port("hard", 1024, number, address, false, 100_000);
    }

    private static void assertSoftIsTaken(PortContact lower, PortContact higher) {
        PortContact soft = port("soft", 64, 2, "::1");
        ModexMessage one = message(List.of(lower, soft));
        ModexMessage other = message(List.of(higher, soft));
        for (boolean isLower : new boolean[] {true, false}) {
            PeerTable.Route route = route(one, other, isLower).orElseThrow();
            assertThat(route.contact().kind()).isEqualTo("soft");
            assertThat(route.reason()).contains("no two ports of hard are of one link layer, version of RoCE");
        }
        assertThat(route(message(List.of(lower)), message(List.of(higher)), true))
                .isEmpty();
    }

    @Test
    void shouldNotPairTwoVersionsOfRoce() {
        assertSoftIsTaken(roce(GidType.ROCE_V1), roce(GidType.ROCE_V2));
    }

    @Test
    void shouldNotPairTwoSubnetsOfInfiniBand() {
        assertSoftIsTaken(infiniBand(1, "fec0:0:0:1::1"), infiniBand(1, "fec0:0:0:2::1"));
    }

    @Test
    void shouldPairTwoPortsOfOneSubnetOrVersion() {
        ModexMessage one = message(List.of(infiniBand(1, "fec0:0:0:1::1"), infiniBand(2, "fec0:0:0:2::1")));
        ModexMessage other = message(List.of(infiniBand(1, "fec0:0:0:3::1"), infiniBand(2, "fec0:0:0:2::9")));
        assertThat(route(one, other, true).orElseThrow().ownPort()).isEqualTo(1);
        assertThat(route(one, other, true).orElseThrow().reason()).doesNotContain("no two ports");
        ModexMessage roce = message(List.of(roce(GidType.ROCE_V2)));
        assertThat(route(roce, roce, true)).isPresent();
        assertThat(route(roce, message(List.of(roce(1, "10.1.0.1", 16))), true))
                .as("an earlier version does not tell which it speaks")
                .isPresent();
    }

    /** The reason is what the pair was chosen for, not what has failed. */
    @Test
    void shouldBlameNoNetworkForAWayThatIsNotUsable() {
        PortContact soft = port("soft", 64, 2, "::1");
        ModexMessage both = message(List.of(roce(GidType.ROCE_V2), soft));
        PeerTable.Route detour = new PortPairs(both, both, true, 0, 1)
                .best((port, contact) -> contact.equals(soft))
                .orElseThrow();
        assertThat(detour.reason()).doesNotContain("no two ports");
    }

    @Test
    void shouldHaveNoneWithoutACommonKind() {
        ModexMessage here = message(List.of(port("hard", 1024, 1, "10.1.0.1")));
        ModexMessage there = message(List.of(port("soft", 64, 1, "10.1.0.1")));
        assertThat(route(here, there, true)).isEmpty();
    }

    /** What follows the bits of the subnet says nothing of the way. */
    @Test
    void shouldLeaveTheChoiceAmongPortsOfOneSubnetToTheOrderOfEachRank() {
        ModexMessage here = message(List.of(roce(2, "10.1.0.2", 16), roce(1, "10.1.0.1", 16)));
        ModexMessage there = message(List.of(roce(2, "10.1.0.130", 16), roce(1, "10.1.0.3", 16)));
        PeerTable.Route route = route(here, there, true).orElseThrow();
        assertThat(route.ownPort()).isZero();
        assertThat(route.contact().port()).isEqualTo(2);
        assertThat(route(here, there, false).orElseThrow().contact().port()).isEqualTo(2);
    }

    @Test
    void shouldPreferTheSubnetToItsNeighbour() {
        ModexMessage here = message(List.of(roce(1, "10.1.0.127", 25), roce(2, "10.1.0.129", 25)));
        ModexMessage there = message(List.of(roce(1, "10.1.0.254", 25)));
        assertThat(route(here, there, true).orElseThrow().ownPort()).isEqualTo(1);
    }

    /** Ranks of one host need no switch. */
    @Test
    void shouldPreferAPortItselfToAnotherOneOfTheSubnet() {
        ModexMessage first = message(List.of(roce(1, "10.1.0.1", 16), roce(2, "10.1.0.2", 16)));
        ModexMessage second = message(List.of(roce(2, "10.1.0.2", 16), roce(1, "10.1.0.1", 16)));
        PeerTable.Route route = route(first, second, true).orElseThrow();
        assertThat(route.ownPort()).isZero();
        assertThat(route.contact().port()).isEqualTo(1);
    }

    /** A port whose address no interface of its host has any more tells no subnet. */
    @Test
    void shouldGoByTheBitsInCommonWhereOneSideDoesNotTellItsSubnet() {
        ModexMessage here = message(List.of(roce(2, "10.1.0.2", 16), roce(1, "10.1.0.1", 16)));
        ModexMessage there = message(List.of(roce(2, "10.1.0.130", 0), roce(1, "10.1.0.3", 0)));
        PeerTable.Route route = route(here, there, true).orElseThrow();
        assertThat(route.ownPort()).isZero();
        assertThat(route.contact().port()).isEqualTo(1);
    }

    @Test
    void shouldFindTheSamePairOnBothSides() {
        for (long seed = 1; seed <= 5_000; seed++) {
            Random random = new Random(seed);
            ModexMessage lower = message(ports(random));
            ModexMessage higher = message(ports(random));
            Optional<PeerTable.Route> one = route(lower, higher, true);
            Optional<PeerTable.Route> other = route(lower, higher, false);
            assertThat(one.isPresent()).as("seed %d", seed).isEqualTo(other.isPresent());
            if (one.isPresent() && other.isPresent()) {
                assertThat(one.get().contact())
                        .as("seed %d", seed)
                        .isEqualTo(higher.ports().get(other.get().ownPort()));
                assertThat(other.get().contact())
                        .as("seed %d", seed)
                        .isEqualTo(lower.ports().get(one.get().ownPort()));
            }
        }
    }

    private static List<PortContact> ports(Random random) {
        List<PortContact> ports = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            boolean isHard = random.nextBoolean();
            String address =
                    random.nextInt(4) == 0 ? "fe80::1" : "10." + random.nextInt(3) + ".0." + (1 + random.nextInt(3));
            ports.add(port(
                    isHard ? "hard" : "soft",
                    isHard ? 1024 : 64,
                    ports.size() + 1,
                    address,
                    random.nextBoolean(),
                    100_000 * random.nextInt(3),
                    8 * random.nextInt(4)));
        }
        return ports;
    }
}
