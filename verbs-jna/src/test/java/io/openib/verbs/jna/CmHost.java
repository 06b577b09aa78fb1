package io.openib.verbs.jna;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.GidEntry;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;

/** One side of a connection: a device of its own, and an event channel. */
final class CmHost implements AutoCloseable {
    static final long WAIT_MS = 20_000;

    final Device device;
    final ProtectionDomain pd;
    final CompletionQueue cq;
    final CmEventChannel channel;
    final InetAddress address;

    CmHost(JnaVerbsProvider provider) {
        device = provider.open(provider.deviceNames().get(0));
        pd = device.allocProtectionDomain();
        cq = device.createCompletionQueue(32, null);
        channel = provider.connectionManager().createEventChannel();
        address = device.queryGidTable(1).stream()
                .map(GidEntry::gid)
                .filter(gid -> gid.isIpv4Mapped())
                .findFirst()
                .orElseThrow()
                .toAddress();
    }

    QueuePair queuePair() {
        QueuePair qp = pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(8, 8, 1, 1, 0)));
        qp.modify(QpAttributes.toState(QpState.INIT).pkeyIndex(0).port(1).accessFlags(Set.of(AccessFlag.values())));
        return qp;
    }

    /** As a set of queue pairs is moved: what the manager knows from it, the rest of our own. */
    static void ready(QueuePair qp, CmId id, int peer) {
        QpAttributes rtr = id.initQpAttributes(QpState.RTR);
        QpAttributes rts = id.initQpAttributes(QpState.RTS);
        qp.modify(QpAttributes.toState(QpState.RTR)
                .addressVector(rtr.addressVector())
                .pathMtu(rtr.pathMtu())
                .rqPsn(rtr.rqPsn())
                .destQpNumber(peer)
                .maxDestRdAtomic(1)
                .minRnrTimer(12));
        qp.modify(QpAttributes.toState(QpState.RTS)
                .sqPsn(rts.sqPsn())
                .timeout(14)
                .retryCount(6)
                .rnrRetry(7)
                .maxRdAtomic(1));
    }

    CmId listen() {
        CmId id = channel.createId();
        id.bind(new InetSocketAddress(address, 0));
        id.listen(8);
        return id;
    }

    CmId resolved(InetSocketAddress to) throws InterruptedException {
        CmId id = channel.createId();
        id.resolveAddress(null, to, 2_000);
        expect(CmEventType.ADDR_RESOLVED, id);
        id.resolveRoute(2_000);
        expect(CmEventType.ROUTE_RESOLVED, id);
        return id;
    }

    static ConnectionParameters parameters(int qpNumber, byte... privateData) {
        return new ConnectionParameters(privateData, 1, 1, 7, 7, false, qpNumber);
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

    @Override
    public void close() {
        channel.close();
        device.close();
    }
}
