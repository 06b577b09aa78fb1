package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Sge;
import io.openib.verbs.testkit.Wiring;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sends that must fail, whatever way they take. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SendRulesTest {
    private static final long NOWHERE = 0x1234_5678_9000L;

    @Test
    void shouldRefuseAWriteOnceThePeerHasWithdrawnItsAccess() {
        try (FaultyDevice device = new FaultyDevice()) {
            FaultyDevice.Connection rc = device.connect(UnaryOperator.identity());
            End near = rc.near();
            End far = rc.far();
            near.post(Send.write(1, near.region().part(0, 64), far.region(), 0));
            near.awaitSend(WcStatus.SUCCESS);
            device.side().qp(far.qp().handle()).modify(QpAttributes.none().accessFlags(Set.of(AccessFlag.LOCAL_WRITE)));
            near.post(Send.write(2, near.region().part(0, 64), far.region(), 0));
            near.awaitSend(WcStatus.REM_INV_REQ_ERR);
        }
    }

    /** It waits behind another one, so its bytes are wanted when it is posted, and they are not there. */
    @Test
    void shouldFailAnInlineSendOfNoMemoryThatWaitsForItsTurn() {
        try (FaultyDevice device = new FaultyDevice()) {
            FaultyDevice.Connection rc = device.connect(UnaryOperator.identity());
            rc.near().post(Send.send(1, rc.near().region().part(0, 64)));
            rc.near().post(Send.send(2, new Sge(NOWHERE, 4, 0x7777)).flags(SendFlag.SIGNALED | SendFlag.INLINE));
            rc.far().postRecv(0, 64);
            rc.far().postRecv(64, 64);
            rc.near().awaitSend(WcStatus.SUCCESS);
            rc.near().awaitSend(WcStatus.LOC_PROT_ERR);
            rc.far().awaitRecv(WcStatus.SUCCESS);
        }
    }

    /** The first message looks for its receives in memory whose file whoever came by has removed. */
    @Test
    void shouldGiveUpTheFirstMessageToAProcessThatHasGone() {
        try (LocalSide side = new LocalSide(new SoftEthernet());
                PeerProcess process = PeerProcess.start(new SoftEthernet())) {
            process.side().createQp(QpRequest.rc());
            process.side().allocate(1 << 18, Wiring.ALL_ACCESS); // its next memory lies in its next segment
            End near = End.open(side, QpRequest.rc(), 0);
            End far = End.open(process.side(), QpRequest.rc(), 0);
            near.connect(near.towards(far));
            far.connect(far.towards(near));
            process.kill();
            ArenaHome.open(Path.of("/dev/shm"), Path.of(System.getProperty("java.io.tmpdir")), "");

            near.post(Send.send(1, near.region().part(0, 8)));

            near.awaitSend(WcStatus.RETRY_EXC_ERR);
            near.awaitState(QpState.ERR);
        }
    }
}
