package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
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
        try {
            Gid gid = Gid.of(InetAddress.getByName(address));
            return new PortContact(kind, exclusivity, kind + "0", number, 0, false, 3, List.of(), gid);
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

    @Test
    void shouldHaveNoneWithoutACommonKind() {
        ModexMessage here = message(List.of(port("hard", 1024, 1, "10.1.0.1")));
        ModexMessage there = message(List.of(port("soft", 64, 1, "10.1.0.1")));
        assertThat(route(here, there, true)).isEmpty();
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
            ports.add(port(isHard ? "hard" : "soft", isHard ? 1024 : 64, ports.size() + 1, address));
        }
        return ports;
    }
}
