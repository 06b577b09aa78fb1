package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.LinkLayer;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GidAddressTest {
    private static final Gid EMPTY = Gid.ZERO;
    private static final Gid IPV4 = gid(0, 0xffff_c000_0207L);
    private static final Gid IPV6 = gid(0x2001_0db8_0000_0000L, 0x0200_00ff_fe00_0001L);
    /** Of the MAC address 02:00:ff:11:22:33, whose third byte makes EUI-64 look like {@code ffff}. */
    private static final long EUI_64 = 0x0000_ffff_fe11_2233L;

    private static final Gid LINK_LOCAL = gid(0xfe80_0000_0000_0000L, EUI_64);

    private static Gid gid(long prefix, long interfaceId) {
        return new Gid(prefix, interfaceId);
    }

    private static void assertOnEthernet(List<Gid> gids, Gid expected) {
        assertThat(GidAddress.of(gids, LinkLayer.ETHERNET)).contains(expected.toAddress());
    }

    @Test
    void shouldTakeTheAddressOfAnEthernetPort() {
        assertOnEthernet(List.of(LINK_LOCAL, IPV4, IPV6), IPV4);
        assertOnEthernet(List.of(IPV6, LINK_LOCAL, IPV4), IPV4);
        assertOnEthernet(List.of(LINK_LOCAL, IPV6), IPV6);
        Gid ipv6OfThatCard = gid(0x2001_0db8_0000_0000L, EUI_64);
        assertOnEthernet(List.of(ipv6OfThatCard), ipv6OfThatCard);
    }

    @Test
    void shouldTakeNoAddressFromWhatIsNone() {
        Gid loopback = gid(0, 1);
        Gid iwarp = gid(0x0007_4300_0001_0000L, 0);
        assertThat(GidAddress.of(List.of(EMPTY, LINK_LOCAL, loopback, iwarp), LinkLayer.ETHERNET))
                .isEmpty();
    }

    @Test
    void shouldTakeNoAddressFromAGuid() {
        assertThat(GidAddress.of(List.of(LINK_LOCAL, gid(0xfec0_0000_0000_0001L, 0x1234)), LinkLayer.INFINIBAND))
                .isEmpty();
    }

    @Test
    void shouldTellTheBitsOfTheSubnetOfAnInterface() throws Exception {
        Gid gid = gid(0, 0xffff_7f00_0001L);
        InetAddress own = gid.toAddress();
        NetworkInterface loopback = NetworkInterface.getByInetAddress(own);
        int bits = loopback.getInterfaceAddresses().stream()
                .filter(address -> address.getAddress().equals(own))
                .findFirst()
                .orElseThrow()
                .getNetworkPrefixLength();
        assertThat(GidAddress.subnetBits(gid, LinkLayer.ETHERNET))
                .isEqualTo(bits)
                .isPositive();
        assertThat(GidAddress.subnetBits(gid, LinkLayer.INFINIBAND))
                .as("a GUID")
                .isZero();
    }

    @Test
    void shouldKnowNoSubnetOfWhatIsNoAddressOfThisHost() {
        assertThat(GidAddress.subnetBits(IPV4, LinkLayer.ETHERNET)).isZero();
        assertThat(GidAddress.subnetBits(IPV6, LinkLayer.ETHERNET)).isZero();
    }

    @Test
    void shouldTakeWhatTheSoftwareDevicesGidsEndIn() throws Exception {
        Gid soft = gid(0xfd01_0203_0405_0607L, 0x1f90_ffff_c000_0207L);
        assertThat(GidAddress.ofSoftware(List.of(EMPTY, soft))).contains(InetAddress.getByName("192.0.2.7"));
        assertThat(GidAddress.ofSoftware(List.of(EMPTY))).isEmpty();
    }
}
