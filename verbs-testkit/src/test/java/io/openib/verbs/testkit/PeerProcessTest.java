package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PeerProcessTest {
    private static final byte[] BYTES = {1, 2, 3};

    @Test
    void shouldDriveASideInAnotherProcess() {
        try (PeerProcess process = PeerProcess.start(new ScriptedDevice())) {
            Side side = process.side();
            assertThat(side.pid()).isNotEqualTo(ProcessHandle.current().pid());
            assertThat(side.address()).isEqualTo(new LocalSide(new ScriptedDevice()).address());
            Region region = side.allocate(100, Wiring.ALL_ACCESS);
            side.write(region.handle(), 97, BYTES);
            assertThat(side.read(region.handle(), 97, 3)).isEqualTo(BYTES);
        }
    }

    @Test
    void shouldBringTheDevicesRefusalsOver() {
        try (PeerProcess process = PeerProcess.start(new ScriptedDevice())) {
            assertThatThrownBy(() -> process.side().createCq(4))
                    .isInstanceOfSatisfying(VerbsException.class, refusal -> assertThat(refusal.errno())
                            .isEqualTo(Errno.ENOMEM));
            assertThat(process.side().allocate(8, 1).lengthBytes())
                    .as("it goes on")
                    .isEqualTo(8);
        }
    }

    @Test
    void shouldAnswerNothingWhileItStands() throws Exception {
        try (PeerProcess process = PeerProcess.start(new ScriptedDevice())) {
            process.stop();
            CompletableFuture<Long> pid =
                    CompletableFuture.supplyAsync(() -> process.side().pid());
            assertThat(pid.isDone()).isFalse();
            process.resume();
            assertThat(pid.get(20, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void shouldFailTheCallsOfAProcessThatWasKilled() {
        try (PeerProcess process = PeerProcess.start(new ScriptedDevice())) {
            process.kill();
            assertThat(process.isAlive()).isFalse();
            assertThatThrownBy(() -> process.side().pid()).isNotNull();
        }
    }

    @Test
    void shouldEndAProcessThatDoesNotAnswer() {
        try (PeerProcess process = PeerProcess.start(new ScriptedDevice(), ProcessBuilder.Redirect.DISCARD, 500)) {
            assertThat(process.side().pid()).isPositive();
            process.stop();
            assertThatThrownBy(() -> process.side().pid())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("during a call of pid");
            assertThat(Deadline.await(20_000, () -> !process.isAlive())).isTrue();
        }
    }
}
