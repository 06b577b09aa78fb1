package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that lives, but whose context cannot be mapped: by it alone can be told whether it is at work on memory here. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnmappedPeerTest {
    private final JobDevice device =
            new JobDevice("job-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());

    @Test
    void shouldConnectOnceItCanBeMapped() throws IOException {
        try (PeerProcess peer = PeerProcess.start(device);
                LocalSide side = new LocalSide(device)) {
            Path segment = secondSegment(peer);
            End near = End.open(side, QpRequest.rc(), 0);
            End far = End.open(peer.side(), QpRequest.rc(), 0);
            far.connect(far.towards(near));
            Path aside = Files.move(segment, segment.resolveSibling("aside"));
            assertThatThrownBy(() -> near.connect(near.towards(far)))
                    .isInstanceOfSatisfying(VerbsException.class, refusal -> assertThat(refusal.errno())
                            .isEqualTo(Errno.ENOMEM));
            Files.move(aside, segment);
            near.to(QpState.RESET);
            near.connect(near.towards(far));
            far.postRecv(0, 64);
            near.post(Send.send(1, near.region().part(0, 8)));
            near.awaitSend(WcStatus.SUCCESS);
        }
        Files.deleteIfExists(device.folder());
    }

    /** Makes the peer's first segment full, so that its contexts come to lie in this one. */
    private Path secondSegment(PeerProcess peer) throws IOException {
        peer.side().createCq(4);
        try (Stream<Path> arenas = Files.list(device.folder())) {
            Path segment = arenas.findAny().orElseThrow().resolve("seg-1");
            while (Files.notExists(segment)) {
                peer.side().allocate(64 << 10, Wiring.ALL_ACCESS);
            }
            return segment;
        }
    }
}
