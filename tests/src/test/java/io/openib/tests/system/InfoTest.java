package io.openib.tests.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib.Outcome;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code openib info} tells what can be used, why the rest cannot, and who set what. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InfoTest {
    private static void assertLine(Outcome outcome, String start, String... texts) {
        assertThat(outcome.out())
                .as(outcome.toString())
                .anyMatch(line -> line.startsWith(start) && Arrays.stream(texts).allMatch(line::contains));
    }

    @Test
    void shouldTellWhichWireupCannotBeUsedAndWhoSetWhat() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());
            Outcome outcome = Openib.run(
                            Map.of("OMPI_MCA_btl_openib_connect_rdmacm_port", port),
                            "info",
                            "--mca",
                            "verbs_provider",
                            "soft")
                    .hasStatus(0);
            assertThat(outcome.err()).as(outcome.toString()).isEmpty();
            assertThat(outcome.out().get(0)).matches("openib \\S+ on Java \\S+");
            assertLine(outcome, "transport openib: exclusivity ");
            assertLine(outcome, "device soft: ", "shared memory: ", "bytes free");
            assertLine(outcome, "device soft0:1: available, ETHERNET, path MTU 4096");
            assertLine(
                    outcome,
                    "device jna: not available, left out by verbs_provider = soft (command line --mca verbs_provider)");
            assertLine(outcome, "wireup oob: available, on soft0:1");
            assertLine(outcome, "wireup rdmacm: not available, ", port, "btl_openib_connect_rdmacm_port");
            assertLine(outcome, "parameter verbs_provider = \"soft\" (command line --mca verbs_provider, level ");
            assertLine(
                    outcome,
                    "parameter btl_openib_connect_rdmacm_port = \"" + port + "\" (environment"
                            + " OMPI_MCA_btl_openib_connect_rdmacm_port, level ");
            assertLine(outcome, "parameter btl_openib_cpc = \"oob\" (default, level ");
        }
    }

    @Test
    void shouldTellWhyAnExcludedDeviceIsNotUsed() {
        String why = "left out by btl_openib_if_exclude = soft0 (command line --mca btl_openib_if_exclude)";
        String[] command = {
            "info", "--level", "1", "--mca", "btl_openib_if_exclude", "soft0", "--mca", "verbs_provider", "soft"
        };
        Outcome outcome = Openib.run(command).hasStatus(0);
        assertLine(outcome, "device soft0: not available, " + why);
        for (String wireup : new String[] {"oob", "rdmacm"}) {
            assertLine(outcome, "wireup " + wireup + ": not available, no active ports found: soft0: " + why);
        }
        assertThat(outcome.out()).as(outcome.toString()).noneMatch(line -> line.startsWith("device soft0:1"));
    }

    @Test
    void shouldPrintOneObjectALine() {
        Outcome outcome = Openib.run("info", "--json", "--mca", "btl_openib_cpc", "rdmacm")
                .hasStatus(0);
        assertThat(outcome.out()).as(outcome.toString()).allMatch(line -> line.startsWith("{\"info\":\""));
        assertLine(outcome, "{\"info\":\"device\",\"device\":\"soft0:1\",\"available\":true,\"reason\":\"ETHERNET");
        assertLine(outcome, "{\"info\":\"wireup\",\"wireup\":\"oob\",\"available\":true");
        assertLine(
                outcome,
                "{\"info\":\"parameter\",\"name\":\"btl_openib_cpc\",\"value\":\"rdmacm\",\"origin\":\"command line");
    }
}
