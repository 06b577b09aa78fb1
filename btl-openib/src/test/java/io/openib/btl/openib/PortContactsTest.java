package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.loop.LoopWireup;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.Mtu;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a wireup is told of the ports of a peer: each runs with an MTU of its own. */
@Timeout(60)
class PortContactsTest {
    private static final PeerName PEER = new PeerName(1);
    private static final List<Mtu> MTUS = List.of(Mtu.MTU_512, Mtu.MTU_2048);

    private final List<WireupPort> ports = new CopyOnWriteArrayList<>();
    private final Ranks ranks = new Ranks(
            new TestJob(2),
            List.of(
                    Rank.of().on(new LoopFabric().withTwoPorts()).with(new Watched(new LoopWireup(), ports)),
                    Rank.of().on(new LoopFabric().withTwoPorts())));

    /** Shows which ports it is handed. */
    private record Watched(LoopWireup real, List<WireupPort> ports) implements WireupComponent {
        @Override
        public String name() {
            return real.name();
        }

        @Override
        public int spiVersion() {
            return real.spiVersion();
        }

        @Override
        public List<Parameter<?>> parameters() {
            return real.parameters();
        }

        @Override
        public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming) {
            ports.add(port);
            return real.open(port, parameters, incoming);
        }
    }

    @BeforeEach
    void publish() throws Exception {
        ModexMessage message =
                ModexMessage.decode(ranks.job.rank(1).get(1, PeerTable.KEY).orElseThrow());
        List<PortContact> changed = new ArrayList<>();
        for (PortContact port : message.ports()) {
            changed.add(with(MTUS.get(changed.size()), port));
        }
        ModexMessage other = new ModexMessage(
                message.host(), message.pid(), message.receiveQueues(), message.maxSendBytes(), changed);
        ranks.job.publish(1, other.encode());
        assertThat(ranks.rank(0).peer(1).rank()).as("read").isEqualTo(1);
    }

    @AfterEach
    void close() {
        ranks.close();
    }

    private static PortContact with(Mtu mtu, PortContact port) {
        return new PortContact(
                port.kind(),
                port.exclusivity(),
                port.device(),
                port.port(),
                port.deviceNumber(),
                port.hasAtomics(),
                mtu.code(),
                port.contacts(),
                port.gid(),
                port.isEthernet(),
                port.speedMbps(),
                port.subnetBits(),
                port.gidType());
    }

    private static Mtu mtu(Optional<PeerContact> contact) {
        return contact.orElseThrow().configuration().mtu();
    }

    @Test
    void shouldTellWhatThePortRunsWithThatThePeerNames() {
        assertThat(ports).hasSize(2);
        for (WireupPort port : ports) {
            for (int i = 0; i < MTUS.size(); i++) {
                assertThat(mtu(port.contact(PEER, "oob", i))).isEqualTo(MTUS.get(i));
            }
        }
    }

    /** As a peer of another release might. */
    @Test
    void shouldTellOfItsOwnWayWhereThePeerNamesNoPortThatItHasPublished() {
        for (WireupPort port : ports) {
            assertThat(mtu(port.contact(PEER, "oob", 2))).isEqualTo(mtu(port.contact(PEER, "oob")));
        }
    }

    @Test
    void shouldTellNothingOfWhatItDoesNotKnow() {
        WireupPort port = ports.get(0);
        assertThat(port.contact(PEER, "other", 1)).isEmpty();
        assertThat(port.contact(new PeerName(2), "oob", 1)).isEmpty();
    }
}
