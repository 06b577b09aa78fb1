package io.openib.verbs.soft.cm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A process as the connection manager sees it: one device with the loopback address, and one event channel. */
final class CmSide implements AutoCloseable {
    static final long WAIT_MS = 20_000;
    static final CmSettings FAST = new CmSettings(40, 8, 5_000, 30, 1_000, 8, 64);

    final AtomicBoolean isPortActive = new AtomicBoolean(true);
    final Gid gid;
    final SoftConnectionManager manager;
    final CmEventChannel channel;

    CmSide(int number) {
        this(number, Mtu.MTU_4096, CmFaults.NONE, FAST);
    }

    CmSide(int number, Mtu mtu, CmFaults faults, CmSettings settings) {
        gid = new Gid(0xfd00_0000_0000_0000L + number, 0xffff_7f00_0001L);
        CmAddress address = new CmAddress(InetAddress.getLoopbackAddress(), gid, 3);
        manager = new SoftConnectionManager(
                () -> List.of(new CmPort("soft0", 1, number, 0, mtu, isPortActive.get(), List.of(address))),
                faults,
                settings);
        channel = manager.createEventChannel();
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    static ConnectionParameters parameters(int qpNumber, byte... privateData) {
        return new ConnectionParameters(privateData, 4, 3, 7, 6, false, qpNumber);
    }

    static InetSocketAddress addressOf(CmId id) {
        return requireNonNull(id.localAddress());
    }

    static int portOf(CmId id) {
        return addressOf(id).getPort();
    }

    CmId listen() {
        CmId listener = channel.createId();
        listener.bind(loopback(0));
        listener.listen(16);
        return listener;
    }

    /** An id whose route to the listener is resolved. */
    CmId resolved(CmId listener) throws InterruptedException {
        return resolved(portOf(listener));
    }

    CmId resolved(int port) throws InterruptedException {
        CmId id = channel.createId();
        id.resolveAddress(null, loopback(port), 1_000);
        expect(CmEventType.ADDR_RESOLVED, id);
        id.resolveRoute(1_000);
        expect(CmEventType.ROUTE_RESOLVED, id);
        return id;
    }

    CmId connecting(CmId listener, int qpNumber, byte... privateData) throws InterruptedException {
        CmId id = resolved(listener);
        id.connect(parameters(qpNumber, privateData));
        return id;
    }

    CmEvent expect(CmEventType type) throws InterruptedException {
        CmEvent event = requireNonNull(channel.next(WAIT_MS), () -> "waiting for " + type);
        assertThat(event.type()).as("%s", event).isEqualTo(type);
        return event;
    }

    CmEvent expect(CmEventType type, CmId id) throws InterruptedException {
        CmEvent event = expect(type);
        assertThat(event.id()).isSameAs(id);
        return event;
    }

    void expectNothing() throws InterruptedException {
        assertThat(channel.next(0)).isNull();
    }

    @Override
    public void close() {
        channel.close();
    }

    /** Both ends of an established connection. */
    record Pair(CmId active, CmId passive) {}

    /** Connects two sides as the contract says, to the end. */
    static Pair connect(CmSide client, CmSide server, CmId listener, int clientQp, int serverQp)
            throws InterruptedException {
        CmId active = client.connecting(listener, clientQp);
        CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
        passive.accept(parameters(serverQp));
        client.expect(CmEventType.CONNECT_RESPONSE, active);
        active.establish();
        server.expect(CmEventType.ESTABLISHED, passive);
        return new Pair(active, passive);
    }
}
