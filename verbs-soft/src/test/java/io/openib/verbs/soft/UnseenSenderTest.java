package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Device;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.testkit.DeviceUnderTest;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Of two processes of a host one cannot use the folder that the other one is in, and is in the spare one: it is seen, and does not see
 * the other. What that one sends can never arrive, so it does not succeed.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnseenSenderTest {
    private final String job = "job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final Path folder = Path.of("/dev/shm", ArenaHome.userFolder(), job);
    private final Path spare;

    UnseenSenderTest(@TempDir Path spare) {
        this.spare = spare;
    }

    @AfterEach
    void removeTheJobsFolder() throws IOException {
        Files.deleteIfExists(folder);
    }

    /** The device of a process that looks into both folders. */
    public static final class HalfBlind implements DeviceUnderTest {
        private static final String PROPERTY = "openib.soft.test.blind";

        private final String[] parameters;

        /** In the peer process. */
        public HalfBlind() {
            this(System.getProperty(PROPERTY, "").split(" "));
        }

        HalfBlind(String... parameters) {
            this.parameters = parameters;
        }

        @Override
        public Device open() {
            return SoftDevices.open(
                    Map.of("soft_job", parameters[0], "soft_shm_dir", parameters[1], "soft_wire", parameters[2]));
        }

        @Override
        public int gidIndex(Device device) {
            return SoftOverWire.rowOfTheWire(device, port()).orElse(0);
        }

        @Override
        public List<String> peerJvmOptions() {
            return List.of("-D" + PROPERTY + "=" + String.join(" ", parameters));
        }
    }

    @Test
    void shouldNotSucceedWhereThereIsNoWire() throws IOException {
        assertThatNothingIsLost("off");
    }

    @Test
    void shouldNotSucceedWhereTheOtherExpectsItByTheWire() throws IOException {
        assertThatNothingIsLost("loopback");
    }

    private void assertThatNothingIsLost(String wire) throws IOException {
        HalfBlind device = new HalfBlind(job, spare.toString(), wire);
        try (LocalSide here = new LocalSide(device)) {
            End near = End.open(here, QpRequest.rc(), 0);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
            try (PeerProcess process = PeerProcess.start(device)) {
                End far = End.open(process.side(), QpRequest.rc(), 0);
                assertThat(spare.resolve(Objects.requireNonNull(folder.getParent())
                                        .getFileName())
                                .resolve(job))
                        .as("it is in the spare folder")
                        .isNotEmptyDirectory();
                far.connect(far.towards(near));
                near.connect(near.towards(far).retries(14, 0));
                far.postRecv(0, 64);
                near.post(Send.send(1, near.region().part(0, 8)));
                Wc wc = near.awaitSend(WcStatus.RETRY_EXC_ERR);
                assertThat(wc.vendorError())
                        .isEqualTo(Silence.vendorError(WcStatus.RETRY_EXC_ERR.code(), Silence.UNSEEN.code()));
                far.assertNothingCompleted();
            }
        }
    }
}
