package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wiring;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A completion queue with a ring for each of many processes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ManyPeersTest {
    private static final int OTHERS = 50;

    /** Who arms the queue and then finds nothing waits for an event, and who hears of a peer's end takes it for silent. */
    @Test
    void shouldFindWhatIsThereInOnePollWhoeverSentIt() {
        try (FaultyDevice device = new FaultyDevice("soft_wire", "off")) {
            LocalSide side = device.side();
            int cq = side.createCq(64);
            for (int other = 1; other <= OTHERS; other++) {
                connectToNobody(side, cq, other);
            }
            FaultyDevice.Connection rc =
                    device.connect(QpRequest.rc(), QpRequest.rc().cqs(cq, cq), UnaryOperator.identity());
            rc.far().postRecv(0, 8);
            rc.near().post(Send.send(1, rc.near().region().part(0, 8)));
            rc.near().awaitSend(WcStatus.SUCCESS);

            assertThat(side.poll(cq, 1)).hasSize(1);
        }
    }

    private static void connectToNobody(LocalSide side, int cq, int other) {
        PortAddress own = side.address();
        PortAddress nobody = own.withGid(new Gid(own.gidPrefix() ^ other, own.gidInterface()));
        QpRef qp = side.createQp(QpRequest.rc().cqs(cq, cq));
        Wiring wiring = Wiring.to(nobody, 77, 0, 0);
        side.toInit(qp.handle(), wiring);
        side.toRtr(qp.handle(), wiring);
    }
}
