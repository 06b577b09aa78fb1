package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.wire.ModexMessage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PeerTableTest {
    private final TestJob job = new TestJob(2);
    private final ModexMessage message = new ModexMessage("here", 7, "P,128", 1, List.of());
    private final PeerTable table = new PeerTable(job.rank(0), message);

    /** As the control thread needs it, which must not wait. */
    @Test
    void shouldFindOutInAWhileWhatAPeerHasPublished() {
        job.publish(1, message.encode());
        assertThat(table.known(1)).isEmpty();
        table.learn(1);
        while (!table.isKnown(1)) {
            table.learn(1);
        }
        assertThat(table.known(1)).contains(message);
        table.close();
    }

    @Test
    void shouldAskNothingOnceItIsClosed() {
        table.close();
        table.learn(1);
        assertThat(table.isKnown(1)).isFalse();
    }
}
