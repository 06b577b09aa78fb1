package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.PortState;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What processes leave in the shared-memory folder: nothing, if not by themselves then by the next one. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ArenaFoldersTest {
    private final JobDevice device =
            new JobDevice("job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());

    @AfterEach
    void removeTheJobsFolder() throws IOException {
        Files.deleteIfExists(device.folder());
    }

    @Test
    void shouldLeaveNothingAfterAnOrderlyClose() throws IOException {
        try (LocalSide side = new LocalSide(device)) {
            side.allocate(9 << 20, Wiring.ALL_ACCESS);
            assertThat(arenas()).hasSize(1);
            End near = End.open(side, QpRequest.rc(), 0);
            End far = End.open(side, QpRequest.rc(), 0);
            near.connect(near.towards(far));
            far.connect(far.towards(near));
            far.postRecv(0, 8);
            near.post(Send.send(1, near.region().part(0, 8)));
            near.awaitSends(1);
            far.awaitRecvs(1);
        }
        assertThat(arenas()).isEmpty();
    }

    @Test
    void shouldMakeNoArenaBeforeItIsNeeded() throws IOException {
        Files.createDirectories(
                device.folder(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Device opened = device.open()) {
            assertThat(opened.queryPort(1).state()).isEqualTo(PortState.ACTIVE);
            Gid gid = opened.queryGid(1, 0).gid();
            try (ProtectionDomain pd = opened.allocProtectionDomain()) {
                assertThat(pd.device()).isSameAs(opened);
                assertThat(arenas())
                        .as("looking at a device costs no shared memory")
                        .isEmpty();
            }
            try (CompletionQueue queue = opened.createCompletionQueue(8, null)) {
                assertThat(queue.cqe()).isPositive();
                assertThat(arenas()).hasSize(1);
                assertThat(opened.queryGid(1, 0).gid()).as("it keeps its name").isEqualTo(gid);
            }
        }
        assertThat(arenas()).isEmpty();
    }

    @Test
    void shouldLeaveNothingWhenAPeersProcessEndsInOrder() throws IOException {
        PeerProcess peer = PeerProcess.start(device);
        peer.side().allocate(64, Wiring.ALL_ACCESS);
        assertThat(arenas()).hasSize(1);
        peer.close();
        assertThat(arenas()).isEmpty();
    }

    /** A program that ends without closing its device, in a process of its own. */
    public static final class Careless {
        private Careless() {}

        /** Leaves the device open. */
        public static void main(String[] args) {
            LocalSide side = new LocalSide(new JobDevice(args[0]));
            System.out.println(side.allocate(64, Wiring.ALL_ACCESS).address());
            System.exit(0);
        }
    }

    @Test
    void shouldLeaveNothingWhenAProgramEndsWithoutClosing() throws Exception {
        Process careless = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Careless.class.getName(),
                        device.folder().getFileName().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(careless.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(careless.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said.strip()).as("it had memory").matches("[1-9][0-9]*");
        assertThat(arenas()).isEmpty();
    }

    @Test
    void shouldRemoveWhatAKilledProcessLeftAndSpareTheLiving() throws IOException {
        try (PeerProcess living = PeerProcess.start(device)) {
            living.side().allocate(64, Wiring.ALL_ACCESS);
            List<Path> ofTheLiving = arenas();
            try (PeerProcess dying = PeerProcess.start(device)) {
                dying.side().allocate(64, Wiring.ALL_ACCESS);
                assertThat(arenas()).hasSize(2);
                dying.kill();
            }
            try (LocalSide next = new LocalSide(device)) {
                next.allocate(64, Wiring.ALL_ACCESS);
                assertThat(arenas()).containsAll(ofTheLiving).hasSize(2);
            }
            assertThat(arenas()).isEqualTo(ofTheLiving);
        }
        assertThat(arenas()).isEmpty();
    }

    private List<Path> arenas() throws IOException {
        try (Stream<Path> files = Files.list(device.folder())) {
            return files.toList();
        }
    }
}
