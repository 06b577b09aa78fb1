package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SubnetPrefixesTest {
    private static final long GIVEN = 0xfec0L << 48 | 1;

    private static PortContact port(String device, long prefix, boolean isEthernet) {
        return new PortContact(
                "hard",
                1024,
                device,
                1,
                0,
                false,
                3,
                List.of(),
                new Gid(prefix, 1),
                isEthernet,
                100_000,
                0,
                Optional.empty());
    }

    @Test
    void shouldDoubtSeveralInfiniBandPortsWithTheDefaultPrefix() {
        PortContact one = port("m0", SubnetPrefixes.DEFAULT, false);
        PortContact other = port("m1", SubnetPrefixes.DEFAULT, false);
        assertThat(SubnetPrefixes.doubt(List.of(one, port("m2", GIVEN, false), other)))
                .get()
                .asString()
                .contains("m0:1, m1:1 all have fe80:0000:0000:0000", "btl_openib_warn_default_gid_prefix 0");
        assertThat(SubnetPrefixes.doubt(List.of(one))).isEmpty();
        assertThat(SubnetPrefixes.doubt(List.of(one, port("m2", GIVEN, false)))).isEmpty();
        assertThat(SubnetPrefixes.doubt(List.of(one, port("m1", SubnetPrefixes.DEFAULT, true))))
                .as("link-local on RoCE")
                .isEmpty();
    }

    @Test
    void shouldWarnOnceAHostUnlessToldNotTo() {
        assertThat(warnings()).hasSize(1).first().asString().contains("Host ", "default subnet prefix: hard");
        assertThat(warnings("btl_openib_warn_default_gid_prefix", "0")).isEmpty();
    }

    private static List<String> warnings(String... parameters) {
        Rank rank = Rank.of(parameters);
        List<Rank> both = List.of(rank.on(fabric()), rank.on(fabric()));
        return EventsTest.errorOutput(() -> new Ranks(new TestJob(2), both).close())
                .lines()
                .filter(line -> line.contains("subnet prefix"))
                .toList();
    }

    private static LoopFabric fabric() {
        return new LoopFabric("hard", VerbsProvider.HARDWARE).withInfiniband(2).withDefaultSubnetPrefix();
    }
}
