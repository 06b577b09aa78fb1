package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.mca.ComponentSelection;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "btl_openib_cpc; oob,udcm; oob",
                "btl_openib_cpc_include; udcm,rdma_cm; rdmacm",
                "btl_openib_cpc; xoob,pigeon,ibcm,oob; pigeon,oob",
                "btl_openib_cpc; ^udcm; oob,rdmacm,pigeon",
                "btl_openib_cpc_exclude; xoob,oob,ibcm; rdmacm,pigeon"
            })
    void shouldPassOverOpenMpisSchemesWhereOneIsLeft(String name, String value, String left) {
        assertThat(selected(name, value)).containsExactly(left.split(",", -1));
    }

    @Test
    void shouldRefuseOpenMpisSchemesAloneAndNameAllThereAre() {
        for (String value : List.of("udcm", "xoob,ibcm", "udcm,obb")) {
            assertThatThrownBy(() -> selected("btl_openib_cpc", value))
                    .as(value)
                    .isInstanceOf(McaException.class)
                    .hasMessageContaining("there is oob, rdmacm, pigeon");
        }
    }

    @Test
    void shouldTakeASchemeOfAnOpenMpisName() {
        List<WireupComponent> more = List.of(named("oob"), named("udcm"));
        assertThat(WireupSelection.select(more, parameters(Map.of("btl_openib_cpc", "udcm,xoob"))))
                .extracting(WireupComponent::name)
                .containsExactly("udcm");
    }

    private static McaParameters fromFile(Path folder, String line) throws IOException {
        Path file = Files.writeString(folder.resolve("params.conf"), line);
        return McaParameters.builder()
                .declare(new WireupParameters())
                .leaveToOpenMpi(WireupSelection.openMpisAlone(COMPONENTS))
                .file(file)
                .resolve();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cpc_include = udcm",
                "cpc_include = xoob,ibcm",
                "cpc = udcm",
                "cpc_exclude = oob,rdmacm,pigeon",
                "cpc_exclude = rdma_cm,ibcm,oob,pigeon"
            })
    void shouldLeaveToOpenMpiWhatAFileHasForIt(String line, @TempDir Path folder) throws IOException {
        McaParameters parameters = fromFile(folder, "btl_openib_" + line);
        assertThat(parameters.isDefault(WireupParameters.CPC)).isTrue();
        assertThat(parameters.warnings()).isEmpty();
        assertThat(parameters.notes())
                .singleElement()
                .asString()
                .contains("leaves none of the wireups here (oob, rdmacm, pigeon), so it is meant for Open MPI alone");
        assertThat(parameters.withoutEffect()).singleElement().satisfies(one -> assertThat(line)
                .isEqualTo(one.name().substring("btl_openib_".length()) + " = " + one.shownText()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpc_include = udcm,rdmacm", "cpc_exclude = udcm", "cpc_include = udmc", "cpc = udcm,obb"})
    void shouldTakeWhatAFileHasForUsToo(String line, @TempDir Path folder) throws IOException {
        McaParameters parameters = fromFile(folder, "btl_openib_" + line);
        assertThat(parameters.isDefault(WireupParameters.CPC)).isFalse();
        assertThat(parameters.notes()).isEmpty();
    }

    @Test
    void shouldSayThatASchemeOfOpenMpisIsNotUsed() {
        SimulatedProcess port = new SimulatedJob(1, 2).start(0);
        assertThatThrownBy(() ->
                        PortWireups.open(port, COMPONENTS, parameters(Map.of("btl_openib_cpc", "udcm,oob")), NOBODY))
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("oob: has no wings")
                .hasMessageContaining("udcm: it is one of Open MPI's, and there is none here");
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
