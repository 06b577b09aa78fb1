package io.openib.verbs.soft.cm;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CmProcessTest {
    private static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                CmPeerProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Test
    void shouldTellThePassiveSideThatThePeersProcessWasKilled() throws IOException, InterruptedException {
        try (CmSide server = new CmSide(1)) {
            CmId listener = server.listen();
            Process peer = start("connect", Integer.toString(CmSide.portOf(listener)));
            try (BufferedReader output = peer.inputReader()) {
                CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
                passive.accept(CmSide.parameters(2));
                server.expect(CmEventType.ESTABLISHED, passive);
                assertThat(output.readLine()).isEqualTo("connected");
                peer.destroyForcibly();
                server.expect(CmEventType.DISCONNECTED, passive);
                server.expect(CmEventType.TIMEWAIT_EXIT, passive);
            } finally {
                peer.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void shouldTellTheActiveSideThatThePeersProcessWasKilled() throws IOException, InterruptedException {
        Process peer = start("listen");
        try (CmSide client = new CmSide(1);
                BufferedReader output = peer.inputReader()) {
            CmId active = client.resolved(Integer.parseInt(output.readLine()));
            active.connect(CmSide.parameters(3));
            client.expect(CmEventType.CONNECT_RESPONSE, active);
            active.establish();
            assertThat(output.readLine()).isEqualTo("connected");
            peer.destroyForcibly();
            client.expect(CmEventType.DISCONNECTED, active);
        } finally {
            peer.destroyForcibly().waitFor();
        }
    }
}
