package io.openib.verbs.jna;

import static io.openib.verbs.jna.CmHost.parameters;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Errno;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SendFlag;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The connection manager of the kernel, through librdmacm. */
@RdmaDevice.Needed
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RdmaCmTest {
    private final JnaVerbsProvider provider = new JnaVerbsProvider();
    private CmHost server;
    private CmHost client;

    @BeforeEach
    void open() {
        server = new CmHost(provider);
        client = new CmHost(provider);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static InetSocketAddress addressOf(CmId id) {
        return requireNonNull(id.localAddress());
    }

    @Test
    void shouldBeUsable() {
        ConnectionManager manager = provider.connectionManager();
        assertThat(manager.availability().isUsable())
                .as(manager.availability().reason())
                .isTrue();
        assertThat(manager.hasEstablish()).isTrue();
    }

    @Test
    void shouldConnectStepByStepAndCarryAMessage() throws InterruptedException {
        CmId listener = server.listen();
        listener.context("the listener's");
        QueuePair active = client.queuePair();
        QueuePair passive = server.queuePair();
        CmId id = client.resolved(addressOf(listener));
        assertThat(id.deviceName()).isEqualTo(client.device.name());
        assertThat(id.port()).isEqualTo(1);
        id.connect(parameters(active.number(), (byte) 1, (byte) 2));

        CmEvent request = server.expect(CmEventType.CONNECT_REQUEST);
        assertThat(request.listenId()).isSameAs(listener);
        assertThat(request.id().context()).isEqualTo("the listener's");
        assertThat(requireNonNull(request.parameters()).qpNumber()).isEqualTo(active.number());
        assertThat(request.privateData()).isEqualTo(Arrays.copyOf(new byte[] {1, 2}, 56));
        assertThat(request.id().peerAddress()).isNotNull();
        CmHost.ready(passive, request.id(), active.number());
        request.id().accept(parameters(passive.number(), (byte) 9));

        CmEvent response = client.expect(CmEventType.CONNECT_RESPONSE, id);
        assertThat(requireNonNull(response.parameters()).qpNumber()).isEqualTo(passive.number());
        assertThat(response.privateData()).startsWith((byte) 9).hasSizeGreaterThanOrEqualTo(196);
        CmHost.ready(active, id, passive.number());
        id.establish();
        server.expect(CmEventType.ESTABLISHED, request.id());
        sendOne(active, passive);

        // The other side is told at once; this one when the other has answered, by disconnecting too.
        id.disconnect();
        server.expect(CmEventType.DISCONNECTED, request.id());
        request.id().disconnect();
        client.expect(CmEventType.DISCONNECTED, id);
    }

    private void sendOne(QueuePair from, QueuePair to) {
        MemoryRegion target = server.pd.allocate(64, Set.of(AccessFlag.LOCAL_WRITE));
        MemoryRegion source = client.pd.allocate(64, Set.of());
        source.buffer().putInt(0, 0x600d);
        assertThat(to.post(to.newRecvRequest(1).sgeCount(1).sge(0, target.address(), 64, target.lkey())))
                .isZero();
        assertThat(from.post(from.newSendRequest(1)
                        .opcode(WrOpcode.SEND)
                        .flags(SendFlag.SIGNALED)
                        .sgeCount(1)
                        .sge(0, source.address(), 4, source.lkey())))
                .isZero();
        WorkCompletions batch = server.cq.newCompletions(1);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CmHost.WAIT_MS);
        while (server.cq.poll(batch) == 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(batch.status(0)).isEqualTo(WcStatus.SUCCESS.code());
        assertThat(target.buffer().getInt(0)).isEqualTo(0x600d);
    }

    @Test
    void shouldPairUpTheSequenceNumbers() throws InterruptedException {
        CmId listener = server.listen();
        CmId id = client.resolved(addressOf(listener));
        id.connect(parameters(client.queuePair().number()));
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.accept(parameters(server.queuePair().number()));
        client.expect(CmEventType.CONNECT_RESPONSE, id);
        assertThat(id.initQpAttributes(QpState.RTR).rqPsn())
                .isEqualTo(passive.initQpAttributes(QpState.RTS).sqPsn());
        assertThat(passive.initQpAttributes(QpState.RTR).rqPsn())
                .isEqualTo(id.initQpAttributes(QpState.RTS).sqPsn());
        assertThat(id.initQpAttributes(QpState.RTR).pathMtu())
                .isEqualTo(passive.initQpAttributes(QpState.RTR).pathMtu());
    }

    @Test
    void shouldRejectWithAReason() throws InterruptedException {
        CmId listener = server.listen();
        CmId id = client.resolved(addressOf(listener));
        id.connect(parameters(client.queuePair().number()));
        byte[] reason = new byte[148];
        Arrays.fill(reason, (byte) 7);
        server.expect(CmEventType.CONNECT_REQUEST).id().reject(reason);
        CmEvent rejected = client.expect(CmEventType.REJECTED, id);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        assertThat(rejected.privateData()).startsWith(reason);
    }

    @Test
    void shouldBeRejectedWhereNobodyListens() throws InterruptedException {
        CmId listener = server.listen();
        InetSocketAddress gone = addressOf(listener);
        listener.close();
        CmId id = client.resolved(gone);
        id.connect(parameters(client.queuePair().number()));
        assertThat(client.expect(CmEventType.REJECTED, id).status()).isEqualTo(CmEvent.REJECT_INVALID_SERVICE_ID);
    }

    @Test
    void shouldRefuseMorePrivateDataThanThereIsRoomFor() throws InterruptedException {
        CmId listener = server.listen();
        CmId id = client.resolved(addressOf(listener));
        assertRefused(Errno.EINVAL, () -> id.connect(parameters(1, new byte[57])));
        id.connect(parameters(client.queuePair().number(), new byte[56]));
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        assertRefused(Errno.EINVAL, () -> passive.accept(parameters(1, new byte[197])));
        assertRefused(Errno.EINVAL, () -> passive.reject(new byte[149]));
        passive.accept(parameters(server.queuePair().number(), new byte[196]));
        client.expect(CmEventType.CONNECT_RESPONSE, id);
    }

    @Test
    void shouldRefuseStepsThatTheStateDoesNotHave() {
        CmId id = client.channel.createId();
        assertThat(id.deviceName()).isEmpty();
        assertThat(id.port()).isZero();
        assertThat(id.peerAddress()).isNull();
        assertRefused(Errno.EINVAL, () -> id.resolveRoute(100));
        assertRefused(Errno.EINVAL, () -> id.connect(parameters(1)));
        id.close();
        id.close();
        assertRefused(Errno.EINVAL, () -> id.listen(1));
    }

    @Test
    void shouldRefuseAnAddressThatIsTakenOrNobodys() {
        CmId listener = server.listen();
        CmId second = server.channel.createId();
        assertRefused(Errno.EADDRINUSE, () -> second.bind(addressOf(listener)));
        CmId third = server.channel.createId();
        assertThatThrownBy(() -> third.bind(new InetSocketAddress("192.0.2.1", 0)))
                .isInstanceOf(VerbsException.class);
    }

    @Test
    void shouldTellThePeerWhenTheChannelIsClosed() throws InterruptedException {
        CmId listener = server.listen();
        CmId id = client.resolved(addressOf(listener));
        id.connect(parameters(client.queuePair().number()));
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.accept(parameters(server.queuePair().number()));
        client.expect(CmEventType.CONNECT_RESPONSE, id);
        id.establish();
        server.expect(CmEventType.ESTABLISHED, passive);
        client.channel.close();
        server.expect(CmEventType.DISCONNECTED, passive);
        assertThat(client.channel.next(CmHost.WAIT_MS)).isNull();
    }

    @Test
    void shouldWakeAndInterruptAWaiter() throws InterruptedException {
        client.channel.wakeup();
        assertThat(client.channel.next(CmHost.WAIT_MS)).isNull();
        Thread waiting = Thread.currentThread();
        Thread other = new Thread(waiting::interrupt);
        other.start();
        assertThatThrownBy(() -> client.channel.next(CmHost.WAIT_MS)).isInstanceOf(InterruptedException.class);
        other.join();
        assertThat(client.channel.next(0))
                .as("interrupted leaves nothing behind")
                .isNull();
    }

    private static void assertRefused(int errno, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(VerbsException.class, e -> assertThat(e.errno())
                .as(e.getMessage())
                .isEqualTo(errno));
    }
}
