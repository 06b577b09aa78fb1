package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.ComponentSelection;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class WireupSelectionTest {
    private static final List<WireupComponent> COMPONENTS = List.of(named("oob"), named("rdmacm"), named("pigeon"));

    private static final PortWireups.Incoming NOBODY = new PortWireups.Incoming() {
        @Override
        public void onRequest(IncomingRequest request) {
            throw new AssertionError("nothing is open");
        }

        @Override
        public void onConnected(Connection connection, List<TriedScheme> tried) {
            throw new AssertionError("nothing is open");
        }

        @Override
        public void onFailed(WireupFailure failure, List<TriedScheme> tried) {
            throw new AssertionError("nothing is open");
        }

        @Override
        public void onDisconnected(Connection connection, WireupFailure failure) {
            throw new AssertionError("nothing is open");
        }
    };

    private static WireupComponent named(String name) {
        return new WireupComponent() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int spiVersion() {
                return SPI_VERSION;
            }

            @Override
            public List<Parameter<?>> parameters() {
                return List.of();
            }

            @Override
            public WireupModule open(WireupPort port, McaParameters parameters, IncomingConnections incoming)
                    throws WireupRefusedException {
                throw new WireupRefusedException("has no wings");
            }
        };
    }

    private static McaParameters parameters(Map<String, String> values) {
        return McaParameters.of(values, new WireupParameters().parameters());
    }

    private static List<String> selected(String parameter, String value) {
        return WireupSelection.select(COMPONENTS, parameters(Map.of(parameter, value))).stream()
                .map(WireupComponent::name)
                .toList();
    }

    @Test
    void shouldTakeOobWhenNobodySaysAnything() {
        assertThat(WireupSelection.select(COMPONENTS, parameters(Map.of())))
                .extracting(WireupComponent::name)
                .containsExactly("oob");
    }

    @Test
    void shouldReadEveryWayToWriteASelection() {
        assertThat(selected("btl_openib_cpc", "rdmacm")).containsExactly("rdmacm");
        assertThat(selected("btl_openib_cpc", "rdma_cm")).containsExactly("rdmacm");
        assertThat(selected("btl_openib_cpc", "rdmacm,oob")).containsExactly("rdmacm", "oob");
        assertThat(selected("btl_openib_cpc", "^oob")).containsExactly("rdmacm", "pigeon");
        assertThat(selected("btl_openib_cpc", "^oob,rdma_cm")).containsExactly("pigeon");
        assertThat(selected("btl_openib_cpc", "auto")).containsExactly("oob", "rdmacm", "pigeon");
        assertThat(selected("btl_openib_cpc_include", "rdmacm")).containsExactly("rdmacm");
        assertThat(selected("btl_openib_cpc_exclude", "oob,pigeon")).containsExactly("rdmacm");
    }

    @Test
    void shouldNameAllThereAreWhenOneIsUnknown() {
        assertThatThrownBy(() -> selected("btl_openib_cpc", "obb"))
                .isInstanceOf(McaException.class)
                .hasMessageContaining("obb")
                .hasMessageContaining("oob")
                .hasMessageContaining("rdmacm")
                .hasMessageContaining("pigeon");
    }

    @Test
    void shouldReachTheSameAnswerOnBothSides() {
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            List<SchemeOffer> here = side(random);
            List<SchemeOffer> there = side(random);
            assertThat(names(WireupSelection.candidates(here, there)))
                    .as("seed %d: %s and %s", seed, here, there)
                    .isEqualTo(names(WireupSelection.candidates(there, here)));
        }
    }

    private static List<String> names(List<SchemeOffer> offers) {
        return offers.stream().map(SchemeOffer::scheme).toList();
    }

    /** What a side with some components and some selection publishes. */
    private static List<SchemeOffer> side(Random random) {
        List<String> names = new ArrayList<>(List.of("a", "b", "c", "d", "e"));
        Collections.shuffle(names, random);
        List<String> chosen = names.subList(0, random.nextInt(names.size() + 1));
        ComponentSelection selection = chosen.isEmpty() || random.nextBoolean()
                ? ComponentSelection.AUTO
                : ComponentSelection.parse(String.join(",", chosen));
        List<SchemeOffer> offers = new ArrayList<>();
        for (String name : chosen) {
            int priority = WireupSelection.published(selection, random.nextInt(4), offers.size());
            offers.add(new SchemeOffer(name, priority, new byte[0]));
        }
        return offers;
    }

    @Test
    void shouldFollowTheOrderThatBothWrote() {
        List<SchemeOffer> both = List.of(
                new SchemeOffer("a", WireupSelection.FIRST - 1, new byte[0]),
                new SchemeOffer("b", WireupSelection.FIRST, new byte[0]));
        assertThat(names(WireupSelection.candidates(both, both))).containsExactly("b", "a");
    }

    @Test
    void shouldSayWhyNoneRuns() {
        SimulatedJob job = new SimulatedJob(1, 2);
        SimulatedProcess port = job.start(0);
        assertThatThrownBy(() ->
                        PortWireups.open(port, COMPONENTS, parameters(Map.of("btl_openib_cpc", "pigeon,oob")), NOBODY))
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("fake0:1")
                .hasMessageContaining("pigeon: has no wings")
                .hasMessageContaining("oob: has no wings");
    }
}
