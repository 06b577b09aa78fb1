package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine that is set up for Open MPI, by its package or its administrator, runs our jobs too. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OpenMpiSettingsTest {
    /** All that is set in Debian's {@code /etc/openmpi/openmpi-mca-params.conf}. */
    private static final List<String> DEBIANS = List.of(
            "# Silence the btl_base_warn_component_unused message",
            "btl_base_warn_component_unused=0",
            "mtl = ^ofi",
            "btl = ^uct,openib,ofi",
            "pml = ^ucx",
            "osc = ^ucx,pt2pt");

    private static final String[] RING = {"run", "-n", "2", "ring", "--json", "--laps", "10"};

    private final Path file;
    private final Map<String, String> environment = new HashMap<>();

    OpenMpiSettingsTest(@TempDir Path directory) throws IOException {
        file = Files.write(directory.resolve("openmpi-mca-params.conf"), DEBIANS);
        environment.put("OPAL_SYSCONFDIR", directory.toString());
        environment.put("OMPI_MCA_btl_openib_allow_ib", "1");
    }

    @Test
    void shouldRunWhereOpenMpisPackageAndClusterHaveSetTheirs() {
        Outcome outcome = Openib.run(environment, RING).hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
    }

    /** Where a wireup is chosen, the launcher opens a transport on trial. */
    @ParameterizedTest
    @ValueSource(strings = {"", "oob"})
    void shouldTellOnceAJobWhatChangesNothing(String cpc) {
        environment.put("OMPI_MCA_btl_openib_use_eager_rdma", "1");
        if (!cpc.isEmpty()) {
            environment.put("OMPI_MCA_btl_openib_cpc", cpc);
        }
        Outcome outcome = Openib.run(environment, RING).hasStatus(0);
        assertThat(outcome.err())
                .as(outcome.toString())
                .singleElement()
                .asString()
                .contains(
                        "(environment OMPI_MCA_btl_openib_use_eager_rdma) has no effect here: there is no eager RDMA");
    }

    /** As the file of a cluster that Open MPI 1.6 to 4.1 have been run on. */
    @Test
    void shouldRunWhereAClustersFileIsForReleasesOfOpenMpi() throws IOException {
        Files.write(file, List.of("btl_openib_cpc_include = udcm", "btl_openib_ib_mtu = 4"), StandardOpenOption.APPEND);
        Outcome outcome = Openib.run(environment, RING).hasStatus(0);
        assertThat(outcome.err())
                .as(outcome.toString())
                .singleElement()
                .asString()
                .contains("\"btl_openib_ib_mtu\" (file " + file + ":8) has been renamed");
        assertThat(Openib.run(environment, "info", "--param", "btl_openib_cpc")
                        .hasStatus(0)
                        .out())
                .contains("without effect btl_openib_cpc_include = \"udcm\" (file " + file + ":7)");
        Openib.run(environment, "run", "-n", "2", "--mca", "btl_openib_cpc", "udcm", "ring")
                .hasStatus(2)
                .tells("no wireup is called \"udcm\"", "there is oob, rdmacm");
    }

    private void nameADeviceOfAnotherHost() throws IOException {
        Files.write(file, List.of("btl_openib_if_include = mlx5_7,soft0"), StandardOpenOption.APPEND);
    }

    @Test
    void shouldRunWhereAClustersFileNamesDevicesOfOtherHosts() throws IOException {
        nameADeviceOfAnotherHost();
        assertWarned(Openib.run(environment, RING).hasStatus(0), 1);
        environment.put("OMPI_MCA_btl_openib_warn_nonexistent_if", "0");
        assertThat(Openib.run(environment, RING).hasStatus(0).err()).isEmpty();
    }

    @Test
    void shouldTellOfDevicesOfOtherHostsWhereNoTransportDoes() throws IOException {
        nameADeviceOfAnotherHost();
        assertWarned(Openib.run(environment, "doctor").hasStatus(0), 1);
        String[] conformance = {"exec", "conformance", "--only", "ProtectionDomainCases"};
        assertWarned(Openib.run(environment, conformance).hasStatus(0), 1);
        String[] unusable = {"run", "-n", "2", "--mca", "btl_openib_cpc", "^oob,rdmacm", "ring"};
        assertWarned(Openib.run(environment, unusable).hasStatus(2), 2);
    }

    private void assertWarned(Outcome outcome, int lines) {
        assertThat(outcome.err()).as(outcome.toString()).hasSize(lines);
        assertThat(outcome.err())
                .as(outcome.toString())
                .filteredOn(line -> line.contains("btl_openib_if_include: no device or port is called \"mlx5_7\" (file "
                        + file + ":7); there is soft0"))
                .hasSize(1);
    }

    @Test
    void shouldListWhatChangesNothing() {
        Outcome outcome = Openib.run(environment, "info", "--param", "btl").hasStatus(0);
        assertThat(outcome.err()).as(outcome.toString()).isEmpty();
        assertThat(outcome.out())
                .as(outcome.toString())
                .contains(
                        "without effect btl = \"^uct,openib,ofi\" (file " + file + ":4)",
                        "without effect btl_openib_allow_ib = \"1\" (environment OMPI_MCA_btl_openib_allow_ib)")
                .anyMatch(line -> line.startsWith("parameter btl = \"auto\" (default, "));
        Outcome json = Openib.run(environment, "info", "--json", "--param", "btl_openib_allow")
                .hasStatus(0);
        assertThat(json.out())
                .as(json.toString())
                .singleElement()
                .asString()
                .startsWith(
                        "{\"info\":\"without_effect\",\"name\":\"btl_openib_allow_ib\",\"value\":\"1\",\"origin\":\"env");
    }

    @Test
    void shouldSayWhatToDoWhereAModuleFileExcludesUs() {
        environment.put("OMPI_MCA_btl", "^openib");
        Openib.run(environment, RING)
                .hasStatus(2)
                .tells(
                        "openib run: ",
                        "from environment OMPI_MCA_btl",
                        "Set OMPI_MCA_btl or --mca btl to a list with openib, or unset it");
        environment.put("OMPI_MCA_btl", "openib,self,vader");
        Openib.run(environment, RING).hasStatus(0);
    }
}
