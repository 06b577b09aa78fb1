package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.loop.LoopFabric;
import io.openib.mca.McaParameters;
import io.openib.verbs.VerbsProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Devices near to the processors that a process is bound to come first. */
@Timeout(value = 20, unit = TimeUnit.SECONDS)
class LocalityTest {
    private final Path root;

    LocalityTest(@TempDir Path root) {
        this.root = root;
    }

    /** Two nodes of four processors, one that has memory alone, and none with number 1. */
    private Locality boundTo(String processors) throws IOException {
        node(0, "0-1,4-5", "10 21 31");
        node(2, "2-3,6-7", "21 10 31");
        node(3, "", "31 31 10");
        Files.createDirectories(root.resolve("sys/devices/system/node/power"));
        Path status = Files.createDirectories(root.resolve("proc/self")).resolve("status");
        Files.writeString(status, "Name:\tjava\nCpus_allowed_list:\t" + processors + "\nMems_allowed_list:\t0\n");
        return new Locality(root);
    }

    private void node(int number, String processors, String distances) throws IOException {
        Path folder = Files.createDirectories(root.resolve("sys/devices/system/node/node" + number));
        Files.writeString(folder.resolve("cpulist"), processors + "\n");
        Files.writeString(folder.resolve("distance"), distances + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0-1; 10 21 31",
                "2-3,6-7; 21 10 31",
                "5; 10 21 31",
                "1-2; 10 10 31",
                "0-7; 10 10 31",
            })
    void shouldTellHowFarANodeIs(String processors, String distances) throws IOException {
        Locality locality = boundTo(processors);
        assertThat(locality.distance(0) + " " + locality.distance(2) + " " + locality.distance(3))
                .isEqualTo(distances);
        assertThat(locality.distance(-1)).as("not known").isEqualTo(Locality.NEAR);
        assertThat(locality.distance(7)).as("not there").isEqualTo(Locality.NEAR);
    }

    @Test
    void shouldTakeAllForNearWhereNothingIsSaid() {
        assertThat(new Locality(root).distance(2)).isEqualTo(Locality.NEAR);
    }

    private List<String> order(String processors, int turn, Map<String, String> told) throws IOException {
        VerbsProvider fabric =
                new LoopFabric("hard", VerbsProvider.HARDWARE).withInfiniband(4).onNodes(2, 0, 2, 0);
        McaParameters parameters = McaParameters.of(told, new OpenibParameters().parameters());
        try (OpenPorts ports = new OpenPorts(List.of(fabric), parameters, turn, boundTo(processors))) {
            return ports.ports().stream().map(OpenPort::place).toList();
        }
    }

    @Test
    void shouldListTheNearPortsFirst() throws IOException {
        assertThat(order("0-1", 0, Map.of())).containsExactly("hard1:1", "hard3:1", "hard0:1", "hard2:1");
        assertThat(order("0-1", 2, Map.of()))
                .as("the next rank of the node begins with the next near one")
                .containsExactly("hard3:1", "hard1:1", "hard0:1", "hard2:1");
        assertThat(order("2", 1, Map.of()).get(0)).isEqualTo("hard0:1");
        assertThat(order("2", 3, Map.of()).get(0)).isEqualTo("hard2:1");
        assertThat(order("2", 0, Map.of())).containsExactly("hard0:1", "hard2:1", "hard1:1", "hard3:1");
    }

    @Test
    void shouldMakeNoDifferenceToWhoIsBoundToNoNodeOrDoesNotCare() throws IOException {
        assertThat(order("0-7", 1, Map.of())).containsExactly("hard1:1", "hard2:1", "hard3:1", "hard0:1");
        assertThat(order("0-1", 1, Map.of("btl_openib_ignore_locality", "true")))
                .containsExactly("hard1:1", "hard2:1", "hard3:1", "hard0:1");
    }
}
