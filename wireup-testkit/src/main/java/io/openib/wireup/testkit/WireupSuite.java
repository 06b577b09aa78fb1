package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.WireupComponent;
import io.openib.wireup.testkit.PeerStage.Outcome;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** Where the cases of a wireup run: its processes here and at the other side. */
abstract class WireupSuite {
    /** Deadline of attempts that are meant to fail by it. */
    protected static final int SHORT_MS = 600;

    /** Deadline of attempts that are meant to succeed. */
    protected static final int LONG_MS = 15_000;

    /** Deadline of a side that may hear of the other's end by it alone: so a case takes that long. */
    static final int UNHEARD_MS = 5_000;

    static final String QUEUES = "P,128,256,192,128";

    private final Fabric fabric;
    final PeerStage near;

    /** Runs on a fabric, which is closed after each case. */
    WireupSuite(Fabric fabric) {
        this.fabric = fabric;
        near = new LocalStage(fabric, this::newComponent);
    }

    /** The scheme under test, as its own process would have it. */
    protected abstract WireupComponent newComponent();

    /** The scheme's parameters that make this the deadline of an attempt. */
    protected abstract Map<String, String> deadline(int timeoutMs);

    /** How to listen to what this scheme says, for the cases of replay; a scheme without one has none. */
    protected Optional<Wiretap> wiretap() {
        return Optional.empty();
    }

    /** Where the other side's processes are; by default in this JVM. */
    protected PeerStage farStage() {
        return near;
    }

    /** Whether all of the job is on this host. */
    protected boolean isJobLocal() {
        return true;
    }

    /** One more process. */
    final Peer start(PeerStage stage, Identity identity, int timeoutMs) {
        return start(stage, identity, deadline(timeoutMs), timeoutMs);
    }

    /** One more process, with other parameters too. */
    final Peer start(PeerStage stage, Identity identity, Map<String, String> values, int timeoutMs) {
        Identity placed = isJobLocal() ? identity : identity.spread();
        return new Peer(stage, stage.start(placed, values, timeoutMs), identity.rank());
    }

    final Peer near(int rank, int timeoutMs) {
        return start(near, Identity.of(rank), timeoutMs);
    }

    final Peer far(int rank, int timeoutMs) {
        return start(farStage(), Identity.of(rank), timeoutMs);
    }

    @AfterEach
    final void closeAll() {
        endProcesses();
        fabric.close();
    }

    /** Promises 1, 4 and 5 hold in every case, whatever that looks at. */
    final void endProcesses() {
        List<String> broken = new ArrayList<>(near.reset());
        broken.addAll(farStage().reset());
        assertThat(broken).as("what no promise allows").isEmpty();
    }

    static void assertJoined(Peer a, Outcome here, Peer b, Outcome there) {
        assertThat(a.canSend(here))
                .as("sends of rank %d succeed at once", a.rank())
                .isTrue();
        assertThat(b.canSend(there))
                .as("sends of rank %d succeed at once", b.rank())
                .isTrue();
        assertThat(here.peer()).isEqualTo(b.rank());
        assertThat(there.peer()).isEqualTo(a.rank());
        assertThat(here.peerPort()).as("the port of rank %d", b.rank()).isEqualTo(TestProcess.index(b.rank()));
        assertThat(there.peerPort()).as("the port of rank %d", a.rank()).isEqualTo(TestProcess.index(a.rank()));
    }
}
