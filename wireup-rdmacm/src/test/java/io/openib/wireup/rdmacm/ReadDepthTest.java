package io.openib.wireup.rdmacm;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WrOpcode;
import io.openib.wireup.Connection;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.testkit.PeerStage.Depths;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import io.openib.wireup.testkit.VerbsFabric;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the depths of two sides mean for a read, on the software device, which does it while it is posted. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReadDepthTest {
    /** The ends of a connection. */
    private record Ends(QueuePair reader, QueuePair answerer) {}

    private interface Case {
        void run(Ends ends);
    }

    private static void connected(Depths readers, Depths answerers, Case work) throws Exception {
        VerbsFabric fabric = VerbsFabric.named("soft");
        RdmaCmComponent component = new RdmaCmComponent();
        BlockingQueue<QueuePairSet> accepted = new LinkedBlockingQueue<>();
        try (TestProcess one = new TestProcess(fabric, Identity.of(1).with(readers), component, Map.of());
                TestProcess two = new TestProcess(fabric, Identity.of(2).with(answerers), component, Map.of())) {
            two.admission(request -> {
                QueuePairSet set = two.createQueuePairs(request.peer());
                accepted.add(set);
                request.accept(set);
            });
            Connection own = Objects.requireNonNull(one.connect(two).get().connection());
            work.run(new Ends(
                    own.queuePairs().queuePairs().get(0),
                    accepted.take().queuePairs().get(0)));
        }
    }

    /** Of no bytes: what may be read does not matter, how many may be under way does. */
    private static void read(QueuePair qp) {
        int posted = qp.post(qp.newSendRequest(1).opcode(WrOpcode.RDMA_READ).flags(SendFlag.SIGNALED));
        assertThat(posted).isZero();
    }

    @Test
    void shouldReadFromAPeerThatAnswersAndReadsNothingItself() throws Exception {
        connected(new Depths(4, 0), new Depths(0, 4), ends -> {
            read(ends.reader());
            assertThat(ends.reader().state()).isEqualTo(QpState.RTS);
        });
    }

    @Test
    void shouldNotAskAPeerThatReadsAndAnswersNothing() throws Exception {
        connected(new Depths(4, 4), new Depths(4, 0), ends -> {
            read(ends.reader());
            assertThat(ends.reader().state()).isEqualTo(QpState.ERR);
            assertThat(ends.answerer().state())
                    .as("what a read that it does not answer breaks")
                    .isEqualTo(QpState.RTS);
        });
    }
}
