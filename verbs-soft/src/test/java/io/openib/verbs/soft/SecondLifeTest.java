package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.LocalSide;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Side;
import io.openib.verbs.testkit.Wc;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A sender is reset and connected again, by the same numbers, to a peer whose life goes on: only the life before knew which of the
 * peer's receives are used. The suite of all devices has no such case, since others take what comes again for duplicates.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SecondLifeTest {
    private static final int BYTES = 1024;
    private static final int RECEIVES = 6;
    private static final int USED = 3;

    /** The code of a second: the machine may have other things to do. */
    private static final int PATIENT = 18;

    @Test
    void shouldGetNoAnswerFromALifeThatAnsweredAnotherOne() {
        try (LocalSide side = new LocalSide(new SoftEthernet())) {
            Wc refused = assertThatNothingReachesTheFormerPeer(side, side);
            assertThat(refused.vendorError())
                    .isEqualTo(Silence.vendorError(WcStatus.RETRY_EXC_ERR.code(), Silence.ANOTHER_LIFE.code()));
        }
    }

    @Test
    void shouldGetNoneByTheWireEither() {
        SoftOverWire device = new SoftOverWire();
        try (PeerProcess process = PeerProcess.start(device);
                LocalSide side = new LocalSide(device)) {
            assertThatNothingReachesTheFormerPeer(side, process.side());
        }
    }

    private static Wc assertThatNothingReachesTheFormerPeer(Side here, Side there) {
        End near = End.open(here, QpRequest.rc(), 10);
        End far = End.open(there, QpRequest.rc(), 20);
        far.connect(far.towards(near));
        near.connect(near.towards(far));
        for (int i = 0; i < RECEIVES; i++) {
            far.postRecv(i * BYTES, BYTES);
        }
        for (int i = 0; i < USED; i++) {
            send(near, (byte) (i + 1));
            near.awaitSend(WcStatus.SUCCESS);
        }
        far.awaitRecvs(USED);
        byte[] before = far.read(0, RECEIVES * BYTES);
        near.to(QpState.RESET);
        near.connect(near.towards(far).retries(14, 1));
        send(near, (byte) 0x51);
        Wc refused = near.awaitSend(WcStatus.RETRY_EXC_ERR);
        assertThat(far.read(0, RECEIVES * BYTES)).isEqualTo(before);
        far.assertNothingCompleted();
        letPassWhatIsUnderWay(here, there);
        assertThatAnotherLifeOfBothIsGood(near, far);
        return refused;
    }

    /** Between processes all goes by one stream: what was tried in vain could meet the next life, which has the same numbers. */
    private static void letPassWhatIsUnderWay(Side here, Side there) {
        End near = End.open(here, QpRequest.rc(), 30);
        End far = End.open(there, QpRequest.rc(), 40);
        far.connect(far.towards(near));
        near.connect(near.towards(far).retries(PATIENT, 7));
        far.postRecv(0, BYTES);
        send(near, (byte) 0x71);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);
    }

    private static void assertThatAnotherLifeOfBothIsGood(End near, End far) {
        near.to(QpState.RESET);
        far.to(QpState.RESET);
        far.connect(far.towards(near));
        near.connect(near.towards(far).retries(PATIENT, 7));
        far.postRecv(0, BYTES);
        send(near, (byte) 0x61);
        near.awaitSend(WcStatus.SUCCESS);
        far.awaitRecv(WcStatus.SUCCESS);
        assertThat(far.read(0, 1)).containsExactly(0x61);
    }

    private static void send(End near, byte with) {
        byte[] message = new byte[BYTES];
        Arrays.fill(message, with);
        near.write(0, message);
        near.post(Send.send(with, near.region().part(0, BYTES)));
    }
}
