package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.WcStatus;
import io.openib.verbs.testkit.End;
import io.openib.verbs.testkit.PeerProcess;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRequest;
import io.openib.verbs.testkit.Send;
import io.openib.verbs.testkit.Wc;
import io.openib.verbs.testkit.Wiring;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What gave no answer tells in {@code vendor_err} why, beside RETRY_EXC_ERR. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SilenceTest {
    private final FaultyDevice device = new FaultyDevice("soft_wire", "off");

    @AfterEach
    void close() {
        device.close();
    }

    private FaultyDevice.Connection connect(UnaryOperator<Wiring> nearWiring, UnaryOperator<Wiring> farWiring) {
        return device.connect(
                QpRequest.rc(), QpRequest.rc(), wiring -> nearWiring.apply(wiring.retries(14, 0)), farWiring);
    }

    private static void assertSays(Silence why, End near, int length) {
        near.post(Send.send(1, near.region().part(0, length)));
        Wc wc = near.awaitSend(WcStatus.RETRY_EXC_ERR);
        assertThat(Integer.toHexString(wc.vendorError()))
                .isEqualTo(Integer.toHexString(Silence.vendorError(WcStatus.RETRY_EXC_ERR.code(), why.code())));
    }

    @Test
    void shouldTellOfAnArenaThatIsNot() {
        PortAddress own = device.side().address();
        PortAddress gone = own.withGid(new Gid(own.gidPrefix() ^ 0x00ff00ff00L, own.gidInterface()));
        assertSays(
                Silence.NO_ARENA,
                connect(wiring -> wiring.destination(gone), wiring -> wiring).near(),
                8);
    }

    @Test
    void shouldTellOfAPeerThatReceivesNothing() {
        FaultyDevice.Connection rc = connect(wiring -> wiring, wiring -> wiring);
        rc.far().to(QpState.ERR);
        assertSays(Silence.NOT_RECEIVING, rc.near(), 8);
    }

    @Test
    void shouldTellOfAPeerThatIsAnothers() {
        int nobody = 0xabcdef;
        assertSays(
                Silence.ANOTHER_PEER,
                connect(wiring -> wiring, wiring -> wiring.destQpNumber(nobody)).near(),
                8);
    }

    @Test
    void shouldTellOfAnotherPacketSequenceNumber() {
        assertSays(
                Silence.ANOTHER_PSN,
                connect(wiring -> wiring.sqPsn(77), wiring -> wiring).near(),
                8);
    }

    @Test
    void shouldTellOfAPeerThatWasResetSince() {
        FaultyDevice.Connection rc = connect(wiring -> wiring, wiring -> wiring);
        rc.near().post(Send.write(1, rc.near().region().part(0, 8), rc.far().region(), 0));
        rc.near().awaitSend(WcStatus.SUCCESS);
        rc.far().to(QpState.RESET);
        rc.far().connect(rc.far().towards(rc.near()));
        assertSays(Silence.ANOTHER_LIFE, rc.near(), 8);
    }

    @Test
    void shouldTellOfPathMtusThatDoNotFit() {
        assertSays(
                Silence.PATH_MTU,
                connect(wiring -> wiring.mtu(Mtu.MTU_1024), wiring -> wiring.mtu(Mtu.MTU_256))
                        .near(),
                4096);
    }

    @Test
    void shouldTellOfItsOwnPort() {
        FaultyDevice.Connection rc = connect(wiring -> wiring, wiring -> wiring);
        ((SoftDevice) device.side().device()).adapter().setPort(false);
        assertSays(Silence.OWN_PORT_DOWN, rc.near(), 8);
    }

    @Test
    void shouldTellOfADeadProcess() {
        End near = End.open(device.side(), QpRequest.rc(), 0);
        try (PeerProcess process = PeerProcess.start(new SoftEthernet())) {
            End far = End.open(process.side(), QpRequest.rc(), 0);
            far.connect(far.towards(near));
            near.connect(near.towards(far));
            process.kill();
        }
        assertSays(Silence.DEAD, near, 8);
    }
}
