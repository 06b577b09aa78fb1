package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A sender dies, and with it the memory that its completions lie in, which nobody has mapped yet. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LostRingTest {
    /** By then a death has been heard of. */
    private static final int POLLS = 1000;

    private final JobDevice device =
            new JobDevice("job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
    private final LocalSide here = new LocalSide(device);
    private final End near = End.open(here, QpRequest.rc(), 0);

    @AfterEach
    void close() throws IOException {
        here.close();
        try (DirectoryStream<Path> left = Files.newDirectoryStream(device.folder())) {
            for (Path arena : left) {
                deleteAll(arena, "*");
                Files.delete(arena);
            }
        }
        Files.deleteIfExists(device.folder());
    }

    @Test
    void shouldBreakTheConnectionsByWhichSomethingMayHaveBeenLost() throws IOException {
        Path arena = sendAndDie();
        deleteAll(arena, "seg-*");
        deleteAll(own(), "from-*");
        near.awaitRecv(WcStatus.WR_FLUSH_ERR);
        assertThat(near.state()).isEqualTo(QpState.ERR);
    }

    /** As where a process is out of file descriptors; here what it would map is no file for a while. */
    @Test
    void shouldWaitForWhatCannotBeMappedJustNow() throws IOException {
        Path arena = sendAndDie();
        deleteAll(arena, "seg-*");
        Path lent = own().resolve("from-" + arena.getFileName().toString().substring(2) + "-1");
        Path aside = Files.move(lent, lent.resolveSibling("aside"));
        Files.createDirectory(lent);
        for (int poll = 0; poll < POLLS; poll++) {
            near.assertNothingCompleted();
        }
        assertThat(near.state()).isEqualTo(QpState.RTS);
        Files.delete(lent);
        Files.move(aside, lent);
        near.awaitRecv(WcStatus.SUCCESS);
    }

    /** Its arena. */
    private Path sendAndDie() throws IOException {
        try (PeerProcess process = PeerProcess.start(device)) {
            End far = End.open(process.side(), QpRequest.rc(), 0);
            near.connect(near.towards(far));
            near.postRecv(0, 64);
            Path arena = device.arena(process.side().address());
            while (Files.notExists(arena.resolve("seg-1"))) {
                process.side().allocate(64 << 10, Wiring.ALL_ACCESS); // so that the ring does not lie in the first
            }
            far.connect(far.towards(near));
            far.post(Send.send(1, far.region().part(0, 8)));
            far.awaitSend(WcStatus.SUCCESS);
            process.kill();
            return arena;
        }
    }

    private Path own() {
        return device.arena(here.address());
    }

    private static void deleteAll(Path folder, String glob) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}
