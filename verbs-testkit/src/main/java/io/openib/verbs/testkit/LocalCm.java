package io.openib.verbs.testkit;

import io.openib.verbs.Availability;
import io.openib.verbs.Device;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.CmProvider;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connection manager of a side in this process; its objects can be had as they are, too. */
public final class LocalCm implements CmCalls, AutoCloseable {
    private static final long IPV4_MARK = 0xffffL;
    private static final int RETRIES = 7;

    private final LocalSide side;
    private final String refusal;
    private final Map<Integer, CmId> ids = new ConcurrentHashMap<>();
    private final AtomicInteger handles = new AtomicInteger();
    private final @Nullable CmEventChannel channel;
    private final @Nullable InetAddress address;

    LocalCm(LocalSide side, @Nullable VerbsProvider provider) {
        this.side = side;
        ConnectionManager manager = provider instanceof CmProvider known ? known.connectionManager() : null;
        Availability availability = manager == null
                ? Availability.unusable("the provider of this device has no connection manager")
                : manager.availability();
        channel = manager != null && availability.isUsable() ? manager.createEventChannel() : null;
        address = channel == null ? null : ownAddress(channel);
        if (channel == null) {
            refusal = availability.reason();
        } else {
            refusal = address == null ? "no address of this host belongs to the port" : "";
        }
    }

    /** The channel itself. */
    public CmEventChannel channel() {
        return Objects.requireNonNull(channel, refusal);
    }

    /** An id itself. */
    public CmId id(int handle) {
        return Objects.requireNonNull(ids.get(handle), "there is no id of this handle");
    }

    /** The address by which the port is reached, with a port number. */
    public InetSocketAddress own(int port) {
        return new InetSocketAddress(Objects.requireNonNull(address, refusal), port);
    }

    /** The address that the GID in use holds, else the first of the host's that the manager binds to this port. */
    private @Nullable InetAddress ownAddress(CmEventChannel channel) {
        long interfaceId = side.address().gidInterface();
        List<InetAddress> candidates = new ArrayList<>();
        if ((interfaceId >>> 32 & IPV4_MARK) == IPV4_MARK) {
            candidates.add(ipv4((int) interfaceId));
        }
        try {
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .forEach(candidates::add);
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
        return candidates.stream()
                .filter(candidate -> isOurs(channel, candidate))
                .findFirst()
                .orElse(null);
    }

    private static InetAddress ipv4(int bits) {
        try {
            return InetAddress.getByAddress(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bits).array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isOurs(CmEventChannel channel, InetAddress candidate) {
        Device device = side.device();
        try (CmId id = channel.createId()) {
            id.bind(new InetSocketAddress(candidate, 0));
            return id.deviceName().equals(device.name())
                    && id.port() == side.address().port();
        } catch (VerbsException e) {
            return false;
        }
    }

    @Override
    public String refusal() {
        return refusal;
    }

    /** Has an id closed with the others, and gives it a handle. */
    public int keep(CmId id) {
        int handle = handles.incrementAndGet();
        ids.put(handle, id);
        return handle;
    }

    @Override
    public int listen(int backlog) {
        CmId id = channel().createId();
        int handle = keep(id);
        id.bind(own(0));
        id.listen(backlog);
        return handle;
    }

    @Override
    public CmAddress address(int id) {
        return CmAddress.of(Objects.requireNonNull(id(id).localAddress(), "not bound"));
    }

    @Override
    public int resolve(CmAddress destination, int timeoutMs) {
        CmId id = channel().createId();
        int handle = keep(id);
        id.resolveAddress(null, destination.toSocketAddress(), timeoutMs);
        return handle;
    }

    @Override
    public void resolveRoute(int id, int timeoutMs) {
        id(id).resolveRoute(timeoutMs);
    }

    @Override
    public void connect(int id, int qpNumber, byte[] privateData) {
        id(id).connect(new ConnectionParameters(privateData, 3, 4, RETRIES, RETRIES, false, qpNumber));
    }

    @Override
    public void accept(int id, int qpNumber, byte[] privateData) {
        id(id).accept(new ConnectionParameters(privateData, 3, 2, RETRIES, RETRIES, false, qpNumber));
    }

    @Override
    public void reject(int id, byte[] privateData) {
        id(id).reject(privateData);
    }

    @Override
    public void establish(int id) {
        id(id).establish();
    }

    @Override
    public void disconnect(int id) {
        id(id).disconnect();
    }

    @Override
    public void close(int id) {
        id(id).close();
        ids.remove(id);
    }

    @Override
    public void closeChannel() {
        ids.clear();
        channel().close();
    }

    @Override
    public void ready(int id, int qp, int peerNumber) {
        QpAttributes rtr = id(id).initQpAttributes(QpState.RTR);
        QpAttributes rts = id(id).initQpAttributes(QpState.RTS);
        QueuePair queuePair = side.qp(qp);
        queuePair.modify(QpAttributes.toState(QpState.RTR)
                .addressVector(rtr.addressVector())
                .pathMtu(rtr.pathMtu())
                .rqPsn(rtr.rqPsn())
                .destQpNumber(peerNumber)
                .maxDestRdAtomic(4)
                .minRnrTimer(12));
        queuePair.modify(QpAttributes.toState(QpState.RTS)
                .sqPsn(rts.sqPsn())
                .timeout(14)
                .retryCount(RETRIES)
                .rnrRetry(RETRIES)
                .maxRdAtomic(4));
    }

    @Override
    public CmPath path(int id, QpState state) {
        return CmPath.of(id(id).initQpAttributes(state));
    }

    @Override
    public @Nullable CmNotice next(long timeoutMs) {
        try {
            CmEvent event = channel().next(timeoutMs);
            return event == null ? null : CmNotice.of(event, handle(event.id()), handle(event.listenId()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** An id that comes with a request is new. */
    private int handle(@Nullable CmId id) {
        if (id == null) {
            return 0;
        }
        return ids.entrySet().stream()
                .filter(entry -> entry.getValue() == id)
                .findFirst()
                .map(Map.Entry::getKey)
                .orElseGet(() -> keep(id));
    }

    @Override
    public void close() {
        ids.clear();
        if (channel != null) {
            channel.close();
        }
    }
}
