package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.wireup.testkit.ScriptedFabric;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that is in a job of this host, such as a rehearsal, and in one of several hosts. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobListenersTest {
    /** Loopback, but not the address that a local job listens on. */
    private static final String ELSEWHERE = "127.0.0.2";

    private final ScriptedFabric fabric = new ScriptedFabric();
    private final OobComponent component = new OobComponent();

    /** Of a job with processes on other hosts. */
    private static Identity spread() {
        Identity local = Identity.of(1);
        return new Identity(local.rank(), local.jobId(), local.secret(), local.receiveQueues(), local.jobSize(), false);
    }

    private static int tcpPort(TestProcess process) {
        return OobContact.decode(process.asContact().blob()).tcpPort();
    }

    private static void dial(String host, int tcpPort) throws IOException {
        try (Socket socket = new Socket(host, tcpPort)) {
            assertThat(socket.isConnected()).isTrue();
        }
    }

    private static void assertRefused(String host, int tcpPort) {
        assertThatThrownBy(() -> dial(host, tcpPort)).isInstanceOf(ConnectException.class);
    }

    @Test
    void shouldListenOnAllAddressesThoughALocalJobListensOnLoopback() throws Exception {
        int local;
        int remote;
        try (TestProcess rehearsal = new TestProcess(fabric, Identity.of(0), component, Map.of());
                TestProcess real = new TestProcess(fabric, spread(), component, Map.of())) {
            local = tcpPort(rehearsal);
            remote = tcpPort(real);
            assertRefused(ELSEWHERE, local);
            dial(ELSEWHERE, remote);
        }
        assertRefused("127.0.0.1", local);
        assertRefused("127.0.0.1", remote);
    }

    @Test
    void shouldKeepALocalJobToLoopbackThoughAnotherListensOnAllAddresses() throws Exception {
        try (TestProcess real = new TestProcess(fabric, spread(), component, Map.of());
                TestProcess local = new TestProcess(fabric, Identity.of(0), component, Map.of())) {
            dial(ELSEWHERE, tcpPort(real));
            dial("127.0.0.1", tcpPort(local));
            assertRefused(ELSEWHERE, tcpPort(local));
        }
    }

    @RepeatedTest(10)
    void shouldLeaveNoSocketOpenWithItsLastModule() throws Exception {
        int tcpPort;
        Socket stranger;
        try (TestProcess process = new TestProcess(fabric, Identity.of(0), component, Map.of())) {
            tcpPort = tcpPort(process);
            stranger = new Socket(InetAddress.getLoopbackAddress(), tcpPort);
        }
        try (stranger) {
            stranger.setSoTimeout(10_000);
            assertThat(isEnded(stranger)).isTrue();
        }
        assertRefused("127.0.0.1", tcpPort);
    }

    private static boolean isEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true; // reset: it had not been accepted yet
        }
    }
}
