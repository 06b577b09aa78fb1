package io.openib.verbs.soft.cm;

import static io.openib.verbs.soft.cm.CmSide.loopback;
import static io.openib.verbs.soft.cm.CmSide.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.Errno;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmRefusalTest {
    private final CmSide server = new CmSide(1);
    private final CmSide client = new CmSide(2);

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static void refused(int errno, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VerbsException.class, e -> assertThat(e.errno())
                .isEqualTo(errno));
    }

    @Test
    void shouldRefuseMorePrivateDataThanFits() throws InterruptedException {
        CmId listener = server.listen();
        CmId active = client.resolved(listener);
        refused(Errno.EINVAL, () -> active.connect(parameters(1, new byte[57])));
        active.connect(parameters(1, new byte[56]));
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        refused(Errno.EINVAL, () -> passive.accept(parameters(2, new byte[197])));
        refused(Errno.EINVAL, () -> passive.reject(new byte[149]));
        passive.accept(parameters(2, new byte[196]));
        client.expect(CmEventType.CONNECT_RESPONSE, active);
    }

    @Test
    void shouldRefuseCallsThatTheStateDoesNotHave() throws InterruptedException {
        CmId id = client.channel.createId();
        refused(Errno.EINVAL, () -> id.resolveRoute(100));
        refused(Errno.EINVAL, () -> id.connect(parameters(1)));
        refused(Errno.EINVAL, () -> id.accept(parameters(1)));
        refused(Errno.EINVAL, () -> id.reject(new byte[0]));
        refused(Errno.EINVAL, id::establish);
        refused(Errno.EINVAL, id::disconnect);
        refused(Errno.EINVAL, () -> id.initQpAttributes(QpState.INIT));
        CmId active = client.connecting(server.listen(), 1);
        refused(Errno.EINVAL, () -> active.connect(parameters(1)));
        refused(Errno.EINVAL, active::establish);
        refused(Errno.EINVAL, active::disconnect);
        refused(Errno.EINVAL, () -> active.initQpAttributes(QpState.RTR));
        active.close();
        refused(Errno.EINVAL, active::disconnect);
        client.close();
        refused(Errno.EINVAL, client.channel::createId);
    }

    @Test
    void shouldRefuseParametersOutOfRange() throws InterruptedException {
        CmId active = client.resolved(server.listen());
        refused(Errno.EINVAL, () -> active.connect(parameters(1 << 24)));
        active.connect(parameters((1 << 24) - 1));
        assertThat(server.expect(CmEventType.CONNECT_REQUEST).parameters())
                .extracting(ConnectionParameters::qpNumber)
                .isEqualTo(0xffffff);
    }

    @Test
    void shouldRefuseATakenPortAndGiveItBackOnClose() {
        CmId listener = server.listen();
        InetSocketAddress address = CmSide.addressOf(listener);
        CmId second = server.channel.createId();
        refused(Errno.EADDRINUSE, () -> second.bind(address));
        listener.close();
        second.bind(address);
        assertThat(second.localAddress()).isEqualTo(address);
    }

    @Test
    void shouldRefuseAnAddressOfNoDevice() {
        CmId id = client.channel.createId();
        refused(Errno.EADDRNOTAVAIL, () -> id.bind(new InetSocketAddress("192.0.2.1", 0)));
        refused(Errno.EINVAL, () -> id.bind(InetSocketAddress.createUnresolved("nowhere.invalid", 0)));
    }

    @Test
    void shouldTellOfADestinationThatNoDeviceLeadsTo() throws InterruptedException {
        CmId id = client.channel.createId();
        id.resolveAddress(null, new InetSocketAddress("192.0.2.1", 5), 100);
        assertThat(client.expect(CmEventType.ADDR_ERROR, id).status()).isNegative();
        id.resolveAddress(null, loopback(5), 100);
        client.expect(CmEventType.ADDR_RESOLVED, id);
    }

    @Test
    void shouldTellOfARouteOverAPortThatIsDown() throws InterruptedException {
        CmId id = client.channel.createId();
        id.resolveAddress(loopback(0), loopback(5), 100);
        client.expect(CmEventType.ADDR_RESOLVED, id);
        client.isPortActive.set(false);
        id.resolveRoute(100);
        assertThat(client.expect(CmEventType.ROUTE_ERROR, id).status()).isNegative();
        client.isPortActive.set(true);
        id.resolveRoute(100);
        client.expect(CmEventType.ROUTE_RESOLVED, id);
    }

    @Test
    void shouldBeRejectedWhereNobodyListens() throws InterruptedException {
        CmId bound = server.channel.createId();
        bound.bind(loopback(0));
        int port = CmSide.portOf(bound);
        CmId active = client.connecting(bound, 1);
        assertThat(client.expect(CmEventType.REJECTED, active).status()).isEqualTo(CmEvent.REJECT_INVALID_SERVICE_ID);
        bound.close();
        CmId second = client.resolved(port);
        second.connect(parameters(1));
        CmEvent rejected = client.expect(CmEventType.REJECTED, second);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_INVALID_SERVICE_ID);
        assertThat(rejected.privateData()).isEqualTo(new byte[148]);
    }

    @Test
    void shouldCarryTheProgramsRejection() throws InterruptedException {
        CmId active = client.connecting(server.listen(), 1);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.reject(new byte[] {42});
        CmEvent rejected = client.expect(CmEventType.REJECTED, active);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        assertThat(rejected.privateData()).isEqualTo(Arrays.copyOf(new byte[] {42}, 148));
        refused(Errno.EINVAL, () -> passive.accept(parameters(2)));
    }

    @Test
    void shouldRejectWhenTheRequestsIdIsClosed() throws InterruptedException {
        CmId active = client.connecting(server.listen(), 1);
        server.expect(CmEventType.CONNECT_REQUEST).id().close();
        assertThat(client.expect(CmEventType.REJECTED, active).status()).isEqualTo(CmEvent.REJECT_CONSUMER);
    }

    @Test
    void shouldTellThePassiveSideOfARequestGivenUp() throws InterruptedException {
        CmId active = client.connecting(server.listen(), 1);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        active.close();
        assertThat(server.expect(CmEventType.REJECTED, passive).status()).isEqualTo(4);
        refused(Errno.EINVAL, () -> passive.accept(parameters(2)));
    }

    @Test
    void shouldTellThePassiveSideOfAResponseGivenUp() throws InterruptedException {
        CmId active = client.connecting(server.listen(), 1);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.accept(parameters(2));
        client.expect(CmEventType.CONNECT_RESPONSE, active);
        active.close();
        assertThat(server.expect(CmEventType.REJECTED, passive).status()).isEqualTo(CmEvent.REJECT_CONSUMER);
    }

    @Test
    void shouldRejectBeyondTheBacklog() throws InterruptedException {
        CmId listener = server.channel.createId();
        listener.bind(loopback(0));
        listener.listen(1);
        CmId first = client.connecting(listener, 1);
        CmId second = client.connecting(listener, 2);
        CmEvent rejected = client.expect(CmEventType.REJECTED);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        CmId queued = rejected.id() == first ? second : first;
        server.expect(CmEventType.CONNECT_REQUEST).id().accept(parameters(9));
        client.expect(CmEventType.CONNECT_RESPONSE, queued);
        client.connecting(listener, 3);
        server.expect(CmEventType.CONNECT_REQUEST);
    }

    @Test
    void shouldRejectUnseenRequestsWhenTheListenerCloses() throws InterruptedException {
        CmId listener = server.listen();
        CmId seen = client.connecting(listener, 1);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        CmId one = client.connecting(listener, 2);
        CmId other = client.connecting(listener, 2);
        // that one of the two is stale says that the other is queued
        CmEvent stale = client.expect(CmEventType.REJECTED);
        assertThat(stale.status()).isEqualTo(CmEvent.REJECT_STALE_CONNECTION);
        CmId unseen = stale.id() == one ? other : one;
        listener.close();
        assertThat(client.expect(CmEventType.REJECTED, unseen).status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        server.expectNothing();
        passive.accept(parameters(7));
        client.expect(CmEventType.CONNECT_RESPONSE, seen);
    }

    @Test
    void shouldRefuseAQueuePairNumberThatAnotherRequestCarries() throws InterruptedException {
        CmId listener = server.listen();
        CmId first = client.connecting(listener, 1);
        server.expect(CmEventType.CONNECT_REQUEST).id().accept(parameters(2));
        client.expect(CmEventType.CONNECT_RESPONSE, first);
        CmId second = client.connecting(listener, 1);
        assertThat(client.expect(CmEventType.REJECTED, second).status()).isEqualTo(CmEvent.REJECT_STALE_CONNECTION);
        first.establish();
        server.expect(CmEventType.ESTABLISHED);
    }

    @Test
    void shouldEndTheConnectionWhoseNumberComesAgain() throws InterruptedException {
        CmId listener = server.listen();
        CmSide.Pair pair = CmSide.connect(client, server, listener, 1, 2);
        client.connecting(listener, 1);
        assertThat(server.expect(CmEventType.DISCONNECTED).id()).isSameAs(pair.passive());
    }

    @Test
    void shouldTellUnreachableWhenTheProgramNeverAnswers() throws InterruptedException {
        CmSide impatient = new CmSide(3, Mtu.MTU_1024, CmFaults.NONE, settings(100));
        try (impatient) {
            CmId active = impatient.connecting(server.listen(), 1);
            CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
            assertThat(impatient.expect(CmEventType.UNREACHABLE, active).status())
                    .isEqualTo(-Errno.ETIMEDOUT);
            assertThat(server.expect(CmEventType.REJECTED, passive).status()).isEqualTo(4);
        }
    }

    private static CmSettings settings(long serviceTimeoutMs) {
        return new CmSettings(20, 3, serviceTimeoutMs, 20, 500, 8, 64);
    }

    @Test
    void shouldTellUnreachableWhereNoConnectionManagerAnswers() throws IOException, InterruptedException {
        try (ServerSocket mute = new ServerSocket()) {
            mute.bind(loopback(0));
            CmId active = client.resolved(mute.getLocalPort());
            active.connect(parameters(1));
            assertThat(client.expect(CmEventType.UNREACHABLE, active).status()).isEqualTo(-Errno.ETIMEDOUT);
        }
    }

    @Test
    void shouldTellConnectErrorBeyondTheBoundOfConnections() throws InterruptedException {
        CmSettings narrow = new CmSettings(40, 8, 5_000, 30, 1_000, 8, 1);
        try (CmSide small = new CmSide(4, Mtu.MTU_1024, CmFaults.NONE, narrow)) {
            CmId listener = server.listen();
            small.connecting(listener, 1);
            CmId second = small.connecting(listener, 2);
            assertThat(small.expect(CmEventType.CONNECT_ERROR, second).status()).isEqualTo(-Errno.ENOMEM);
        }
    }
}
