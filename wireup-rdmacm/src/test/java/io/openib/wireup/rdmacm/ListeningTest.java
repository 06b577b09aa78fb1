package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.soft.cm.CmAddress;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmPort;
import io.openib.verbs.soft.cm.SoftConnectionManager;
import io.openib.wireup.PortRange;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.rdmacm.CmHarness.Options;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where soft0:1 listens when its GIDs tell no address, as those of InfiniBand. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ListeningTest {
    private static final InetAddress OWN = ip(2);
    private static final InetAddress OTHER_PORTS = ip(3);
    private static final InetAddress OTHER_DEVICES = ip(4);
    private static final InetAddress NOBODYS = new Gid(0, 0xffff_c000_0201L).toAddress();
    private static final PortRange ANY = PortRange.parse("0");

    private final Options options = new Options();
    private final CmHarness port = new CmHarness(1, options);
    private final CmEventChannel channel =
            channel(holder("soft0", 1, OWN), holder("soft0", 2, OTHER_PORTS), holder("soft1", 1, OTHER_DEVICES));

    ListeningTest() {
        options.address = null;
        options.isJobLocal = false;
    }

    private static CmEventChannel channel(CmPort... holders) {
        return new SoftConnectionManager(() -> List.of(holders), CmFaults.NONE, CmHarness.CM).createEventChannel();
    }

    private static InetAddress ip(int last) {
        return new Gid(0, 0xffff_7f00_0000L + last).toAddress();
    }

    private static CmPort holder(String device, int port, InetAddress address) {
        CmAddress known = new CmAddress(address, new Gid(0xfdL << 56, port), 1);
        return new CmPort(device, port, device.hashCode(), 0, Mtu.MTU_1024, true, List.of(known));
    }

    @AfterEach
    void close() {
        channel.close();
        port.close();
    }

    @Test
    void shouldTakeTheFirstOfTheHostsAddressesThatIsOfThePort() throws WireupRefusedException {
        List<InetAddress> ofHost = List.of(NOBODYS, OTHER_DEVICES, OTHER_PORTS, OWN);
        try (CmId id = new Listening(port, channel, ANY).open(ofHost)) {
            InetSocketAddress address = Objects.requireNonNull(id.localAddress());
            assertThat(address.getAddress()).isEqualTo(OWN);
            assertThat(address.getPort()).isPositive();
        }
    }

    @Test
    void shouldSayWhatToDoWhereNoneIs() {
        assertThatThrownBy(() -> new Listening(port, channel, ANY).open(List.of(NOBODYS, OTHER_DEVICES)))
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("soft0:1 on here (tried 2): no IP address of this host leads there")
                .hasMessageContaining("IPoIB")
                .hasMessageContaining("btl_openib_cpc to oob");
    }

    @Test
    void shouldSayThatThePortIsTakenWhereOneIs() throws WireupRefusedException {
        try (CmId id = new Listening(port, channel, ANY).open(List.of(OWN))) {
            int number = Objects.requireNonNull(id.localAddress()).getPort();
            PortRange same = PortRange.parse(Integer.toString(number));
            assertThatThrownBy(() -> new Listening(port, channel, same).open(List.of(OWN, OTHER_DEVICES)))
                    .hasMessageContaining("EADDRINUSE")
                    .hasMessageContaining(RdmaCmParameters.PORT.name());
        }
    }

    @Test
    void shouldNotListenForOthersWithoutASecret() {
        options.secret = new byte[0];
        assertThatThrownBy(() -> new Listening(port, channel, ANY).open(List.of(NOBODYS)))
                .hasMessageContaining("no secret")
                .hasMessageContaining("192.0.2.1");
    }

    @Test
    void shouldSayThatASecretIsMissingWhereLoopbackIsNotThePorts() {
        options.secret = new byte[0];
        options.isJobLocal = true;
        try (CmEventChannel bare = channel(holder("soft0", 1, NOBODYS))) {
            assertThatThrownBy(() -> new Listening(port, bare, ANY).open(List.of(NOBODYS)))
                    .hasMessageContaining("no secret")
                    .hasMessageContaining("192.0.2.1")
                    .hasMessageContaining("OPENIB_JOB_SECRET");
        }
    }
}
