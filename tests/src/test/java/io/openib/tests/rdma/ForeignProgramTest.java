package io.openib.tests.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.tests.system.Openib;
import io.openib.verbs.ActivePort;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Other people's programs at our listeners: they are refused, and the job does not notice. */
@Tag("rdma")
@Tag("faults")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class ForeignProgramTest {
    private static final int FIRST_PORT = 18_730;
    private static final int ANSWER_MS = 30_000;

    @Test
    void shouldRefuseAForeignClientOfTheConnectionManager() throws Exception {
        ActivePort active = RdmaHost.port();
        String address = RdmaHost.address(active).getHostAddress();
        try (LocalRanks ranks = new LocalRanks(Map.of(
                "btl_openib_cpc",
                "rdmacm",
                "btl_openib_if_include",
                active.toString(),
                "btl_openib_connect_rdmacm_port",
                FIRST_PORT + "-" + (FIRST_PORT + 1)))) {
            for (int port = FIRST_PORT; port <= FIRST_PORT + 1; port++) {
                try (Openib rping =
                        RdmaHost.start("rping", "-c", "-C", "1", "-a", address, "-p", Integer.toString(port))) {
                    ranks.until("rping ends", () -> !rping.isRunning());
                    Openib.Outcome outcome = rping.end();
                    assertThat(outcome.status()).as(outcome.toString()).isNotZero();
                    assertThat(outcome.out() + " " + outcome.err())
                            .as(outcome.toString())
                            .contains("REJECTED");
                }
            }
            ranks.exchange();
            assertThat(ranks.errors()).isEmpty();
        }
    }

    @Test
    void shouldRefuseAForeignClientOfTheListener() throws Exception {
        try (LocalRanks ranks = new LocalRanks(
                Map.of("btl_openib_cpc", "oob", "btl_openib_connect_oob_port", FIRST_PORT + "-" + (FIRST_PORT + 1)))) {
            try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), FIRST_PORT);
                    Socket loud = new Socket(InetAddress.getLoopbackAddress(), FIRST_PORT)) {
                OutputStream out = loud.getOutputStream();
                out.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                loud.setSoTimeout(ANSWER_MS);
                assertThat(loud.getInputStream().read()).as("the answer").isNegative();
                ranks.exchange();
                assertThat(silent.isConnected()).isTrue();
            }
            assertThat(ranks.errors()).isEmpty();
        }
    }
}
