package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread whose interrupt is pending opens the device, names a peer and talks to it as any other. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InterruptedCallerTest {
    @Test
    void shouldConnectAndSendWhileItsInterruptIsPending() {
        SoftEthernet device = new SoftEthernet();
        try (PeerProcess process = PeerProcess.start(device)) {
            End far = End.open(process.side(), QpRequest.rc(), 0);
            Thread.currentThread().interrupt();
            LocalSide side = new LocalSide(device);
            End near = End.open(side, QpRequest.rc(), 0);
            assertThat(Thread.interrupted()).isTrue();
            far.connect(far.towards(near));
            far.postRecv(0, Long.BYTES);
            Thread.currentThread().interrupt();
            near.connect(near.towards(far));
            near.post(Send.send(1, near.region().part(0, Long.BYTES)));
            assertThat(Thread.interrupted()).isTrue();
            near.awaitSend(WcStatus.SUCCESS);
            far.awaitRecv(WcStatus.SUCCESS);
            side.close();
        }
    }
}
