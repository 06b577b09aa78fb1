package io.openib.verbs.soft.cm;

import static io.openib.verbs.soft.cm.CmSide.parameters;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressVector;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmConnectTest {
    private final CmSide server = new CmSide(1, Mtu.MTU_2048, CmFaults.NONE, CmSide.FAST);
    private final CmSide client = new CmSide(2);

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    /** Each dial of a port where nobody listens is over when it is refused: more than can be open at a time may follow. */
    @Test
    void shouldKeepNothingOfADialThatWasRefused() throws Exception {
        int port;
        try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = nobody.getLocalPort();
        }
        try (CmSide client = new CmSide(2)) {
            for (int dial = 0; dial < CmSide.FAST.maxConnections() + 6; dial++) {
                CmId id = client.resolved(port);
                id.connect(CmSide.parameters(1));
                assertThat(requireNonNull(client.channel.next(CmSide.WAIT_MS)).type())
                        .isEqualTo(CmEventType.REJECTED);
                id.close();
            }
        }
    }

    @Test
    void shouldConnectStepByStep() throws InterruptedException {
        CmId listener = server.listen();
        listener.context("the listener's");
        CmId active = client.resolved(listener);
        assertThat(active.deviceName()).isEqualTo("soft0");
        assertThat(active.port()).isEqualTo(1);
        active.connect(new ConnectionParameters(new byte[] {1, 2}, 4, 3, 7, 6, true, 0x123456));

        CmEvent request = server.expect(CmEventType.CONNECT_REQUEST);
        assertThat(request.listenId()).isSameAs(listener);
        assertThat(request.id()).isNotSameAs(listener);
        assertThat(request.id().context()).isEqualTo("the listener's");
        assertThat(request.id().deviceName()).isEqualTo("soft0");
        ConnectionParameters told = requireNonNull(request.parameters());
        assertThat(told.qpNumber()).isEqualTo(0x123456);
        assertThat(told.isSrq()).isTrue();
        assertThat(told.responderResources()).isEqualTo(3);
        assertThat(told.initiatorDepth()).isEqualTo(4);
        assertThat(request.privateData()).isEqualTo(Arrays.copyOf(new byte[] {1, 2}, 56));

        request.id().accept(parameters(77, (byte) 9));
        CmEvent response = client.expect(CmEventType.CONNECT_RESPONSE, active);
        assertThat(response.privateData()).isEqualTo(Arrays.copyOf(new byte[] {9}, 196));
        assertThat(response.parameters())
                .extracting(ConnectionParameters::qpNumber)
                .isEqualTo(77);
        server.expectNothing();
        active.establish();
        assertThat(server.expect(CmEventType.ESTABLISHED, request.id()).status())
                .isZero();
        client.expectNothing();
    }

    @Test
    void shouldGiveAttributesThatPairUp() throws InterruptedException {
        CmSide.Pair pair = CmSide.connect(client, server, server.listen(), 11, 22);
        QpAttributes init = pair.active().initQpAttributes(QpState.INIT);
        assertThat(init.mask())
                .isEqualTo(
                        Set.of(QpAttribute.STATE, QpAttribute.PKEY_INDEX, QpAttribute.PORT, QpAttribute.ACCESS_FLAGS));
        assertThat(init.accessFlags()).doesNotContain(AccessFlag.LOCAL_WRITE);
        QpAttributes rtr = pair.active().initQpAttributes(QpState.RTR);
        QpAttributes peerRtr = pair.passive().initQpAttributes(QpState.RTR);
        QpAttributes rts = pair.active().initQpAttributes(QpState.RTS);
        QpAttributes peerRts = pair.passive().initQpAttributes(QpState.RTS);
        assertThat(rtr.rqPsn()).isEqualTo(peerRts.sqPsn());
        assertThat(peerRtr.rqPsn()).isEqualTo(rts.sqPsn());
        assertThat(rtr.destQpNumber()).isEqualTo(22);
        assertThat(peerRtr.destQpNumber()).isEqualTo(11);
        assertThat(rtr.pathMtu()).isEqualTo(peerRtr.pathMtu()).isEqualTo(Mtu.MTU_2048);
        assertThat(rtr.minRnrTimer()).isZero();
        AddressVector.GlobalRoute route = requireNonNull(rtr.addressVector().grh());
        AddressVector.GlobalRoute peerRoute =
                requireNonNull(peerRtr.addressVector().grh());
        assertThat(route.dgid()).isEqualTo(server.gid);
        assertThat(route.sgidIndex()).isEqualTo(3);
        assertThat(peerRoute.dgid()).isEqualTo(client.gid);
        assertThat(rtr.maxDestRdAtomic()).isEqualTo(3);
        assertThat(rts.maxRdAtomic()).isEqualTo(4);
    }

    @Test
    void shouldConnectAnIdWithAnotherOfTheSameManager() throws InterruptedException {
        CmId listener = server.listen();
        CmId active = server.connecting(listener, 5);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.accept(parameters(6));
        server.expect(CmEventType.CONNECT_RESPONSE, active);
        active.establish();
        server.expect(CmEventType.ESTABLISHED, passive);
    }

    @Test
    void shouldListenOnTheAnyAddressAndFindAFreePort() throws InterruptedException {
        CmId listener = server.channel.createId();
        listener.bind(new InetSocketAddress("0.0.0.0", 0));
        assertThat(listener.deviceName()).isEmpty();
        assertThat(listener.localAddress())
                .extracting(InetSocketAddress::getPort)
                .isNotEqualTo(0);
        listener.listen(0);
        CmSide.Pair pair = CmSide.connect(client, server, listener, 1, 2);
        assertThat(pair.passive().deviceName()).isEqualTo("soft0");
        assertThat(pair.passive().localAddress())
                .extracting(InetSocketAddress::getPort)
                .isEqualTo(CmSide.portOf(listener));
    }

    @Test
    void shouldTellBothOfADisconnectAndOfTheEndOfTimewait() throws InterruptedException {
        CmSide.Pair pair = CmSide.connect(client, server, server.listen(), 1, 2);
        pair.active().disconnect();
        server.expect(CmEventType.DISCONNECTED, pair.passive());
        pair.passive().disconnect();
        client.expect(CmEventType.DISCONNECTED, pair.active());
        client.expect(CmEventType.TIMEWAIT_EXIT, pair.active());
        server.expect(CmEventType.TIMEWAIT_EXIT, pair.passive());
        server.expectNothing();
    }

    @Test
    void shouldTellThePeerWhenAConnectedIdIsClosed() throws InterruptedException {
        CmSide.Pair pair = CmSide.connect(client, server, server.listen(), 1, 2);
        pair.passive().close();
        client.expect(CmEventType.DISCONNECTED, pair.active());
        server.expectNothing();
    }

    @Test
    void shouldTellThePeerWhenTheChannelIsClosed() throws InterruptedException {
        CmSide.Pair pair = CmSide.connect(client, server, server.listen(), 1, 2);
        client.close();
        server.expect(CmEventType.DISCONNECTED, pair.passive());
        assertThat(client.channel.next(CmSide.WAIT_MS)).isNull();
    }

    @Test
    void shouldAcceptQueuePairNumberAgainAfterADisconnect() throws InterruptedException {
        CmId listener = server.listen();
        CmSide.Pair pair = CmSide.connect(client, server, listener, 1, 2);
        pair.active().disconnect();
        server.expect(CmEventType.DISCONNECTED);
        pair.passive().close();
        client.expect(CmEventType.DISCONNECTED);
        pair.active().close();
        CmSide.connect(client, server, listener, 1, 2);
    }

    @Test
    void shouldWakeAWaiter() throws InterruptedException {
        client.channel.wakeup();
        assertThat(client.channel.next(CmSide.WAIT_MS)).isNull();
        Thread waker = new Thread(client.channel::wakeup);
        waker.start();
        assertThat(client.channel.next(CmSide.WAIT_MS)).isNull();
        waker.join();
    }

    @Test
    void shouldTellOfARemovedDevice() throws InterruptedException {
        CmId listener = server.listen();
        server.manager.onDeviceRemoval("soft0");
        server.expect(CmEventType.DEVICE_REMOVAL, listener);
    }

    @Test
    void shouldOwnNoThreadWhenTheLastChannelIsClosed() {
        client.close();
        server.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("openib-soft-cm"));
    }
}
