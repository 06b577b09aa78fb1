package io.openib.verbs.soft;

import io.openib.verbs.AddressVector;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttribute;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Table;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A context on the process's adapter. */
final class SoftDevice implements Device {
    static final int MAX_RD_ATOMIC = 16;
    private static final int MAX_EVENTS = 4096;
    private static final AsyncEvent END = new AsyncEvent(io.openib.verbs.AsyncEventType.DEVICE_FATAL, null, -1);

    private static final Logger LOG = LoggerFactory.getLogger(SoftDevice.class);

    private final String name;
    private final SoftAdapter adapter;
    private final Runnable onClosed;
    private final Set<AutoCloseable> children = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<AsyncEvent> events = new LinkedBlockingQueue<>(MAX_EVENTS);
    private volatile boolean isClosed;

    SoftDevice(String name, SoftAdapter adapter, Runnable onClosed) {
        this.name = name;
        this.adapter = adapter;
        this.onClosed = onClosed;
        adapter.add(this);
    }

    SoftAdapter adapter() {
        return adapter;
    }

    String place() {
        return name + ":1";
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceAttributes attributes() {
        Map<DeviceLimit, Long> limits = new EnumMap<>(DeviceLimit.class);
        limits.put(DeviceLimit.MAX_MR_BYTES, (long) OwnArena.MAX_BYTES);
        limits.put(DeviceLimit.MAX_QP, (long) Table.CAPACITY);
        limits.put(DeviceLimit.MAX_QP_WR, (long) QpLimits.MAX_WR);
        limits.put(DeviceLimit.MAX_SGE, (long) QpLimits.MAX_SGE);
        limits.put(DeviceLimit.MAX_CQ, (long) Integer.MAX_VALUE);
        limits.put(DeviceLimit.MAX_CQE, (long) QpLimits.MAX_CQE);
        limits.put(DeviceLimit.MAX_MR, (long) Table.CAPACITY);
        limits.put(DeviceLimit.MAX_PD, (long) Integer.MAX_VALUE);
        limits.put(DeviceLimit.MAX_QP_RD_ATOM, (long) MAX_RD_ATOMIC);
        limits.put(DeviceLimit.MAX_QP_INIT_RD_ATOM, (long) MAX_RD_ATOMIC);
        limits.put(DeviceLimit.MAX_AH, (long) Integer.MAX_VALUE);
        limits.put(DeviceLimit.MAX_SRQ, (long) Integer.MAX_VALUE);
        limits.put(DeviceLimit.MAX_SRQ_WR, (long) QpLimits.MAX_WR);
        limits.put(DeviceLimit.MAX_SRQ_SGE, (long) QpLimits.MAX_SGE);
        limits.put(DeviceLimit.MAX_PKEYS, (long) adapter.port().pkeys());
        limits.put(DeviceLimit.MAX_INLINE_DATA, (long) QpLimits.MAX_INLINE);
        return new DeviceAttributes("1.0", adapter.id(), 0, 0, 1, 1, AtomicCapability.GLOBAL, false, limits);
    }

    private void checkPort(String call, int port) {
        if (port != 1) {
            throw new VerbsException(call, name, Errno.EINVAL, "there is no port " + port + ", only port 1");
        }
    }

    @Override
    public PortAttributes queryPort(int port) {
        checkPort("ibv_query_port", port);
        return adapter.port().attributes(adapter.isPortActive());
    }

    @Override
    public Optional<String> whyOutOfReach(int port, Gid peer) {
        checkPort("ibv_query_port", port);
        return adapter.port().whyOutOfReach(peer);
    }

    @Override
    public GidEntry queryGid(int port, int index) {
        checkPort("ibv_query_gid", port);
        if (index < 0 || index >= adapter.port().gids()) {
            throw new VerbsException("ibv_query_gid", place(), Errno.EINVAL, "there is no GID with index " + index);
        }
        return adapter.port().gid(index);
    }

    @Override
    public List<GidEntry> queryGidTable(int port) {
        checkPort("ibv_query_gid_table", port);
        return adapter.port().table();
    }

    @Override
    public int queryPkey(int port, int index) {
        checkPort("ibv_query_pkey", port);
        if (index < 0 || index >= adapter.port().pkeys()) {
            throw new VerbsException("ibv_query_pkey", place(), Errno.EINVAL, "there is no P_Key with index " + index);
        }
        return adapter.port().pkey();
    }

    @Override
    public ProtectionDomain allocProtectionDomain() {
        return kept("ibv_alloc_pd", () -> new SoftPd(this, adapter.newDomainNumber()));
    }

    @Override
    public CompletionChannel createCompletionChannel() {
        return kept("ibv_create_comp_channel", () -> new SoftChannel(this));
    }

    @Override
    public CompletionQueue createCompletionQueue(int cqe, @Nullable CompletionChannel channel) {
        if (cqe < 1 || cqe > QpLimits.MAX_CQE) {
            throw new VerbsException(
                    "ibv_create_cq", place(), Errno.EINVAL, cqe + " entries is not within 1 to " + QpLimits.MAX_CQE);
        }
        return kept("ibv_create_cq", () -> new SoftCq(this, cqe, (SoftChannel) channel));
    }

    private <T extends AutoCloseable> T kept(String call, Supplier<T> make) {
        if (isClosed) {
            throw new VerbsException(call, name, Errno.ENODEV, "the device is closed");
        }
        if (adapter.isFatal()) {
            throw new VerbsException(call, name, Errno.EIO, "the device has failed; close it and open it again");
        }
        try {
            T made = make.get();
            children.add(made);
            return made;
        } catch (NoRoomException e) {
            throw new VerbsException(call, place(), Errno.ENOMEM, String.valueOf(e.getMessage()), e);
        }
    }

    void forget(AutoCloseable child) {
        children.remove(child);
    }

    @Nullable
    String valueProblem(QpAttributes attributes) {
        String problem = attributes.has(QpAttribute.AV) ? vectorProblem(attributes.addressVector()) : null;
        SoftPort port = adapter.port();
        return problem != null ? problem : QpRules.valueProblem(attributes, 1, port.pkeys(), port.gids());
    }

    @Nullable
    String vectorProblem(AddressVector vector) {
        if (vector.port() != 1) {
            return "there is no port " + vector.port() + ", only port 1";
        }
        AddressVector.GlobalRoute route = vector.grh();
        if (route == null) {
            return adapter.port().linkLayer() == LinkLayer.ETHERNET ? "Ethernet needs a global route (GRH)" : null;
        }
        int index = route.sgidIndex();
        return index < 0 || index >= adapter.port().gids() ? "there is no GID with index " + index : null;
    }

    void raise(AsyncEvent event) {
        // Bounded: who never looks at events loses the newest, as the kernel does when nobody reads.
        if (!offer(event)) {
            LOG.warn("soft: nobody reads the asynchronous events of {}; {} is dropped", name, event.type());
        }
    }

    private boolean offer(AsyncEvent event) {
        synchronized (events) {
            boolean isOfNobody = event.element() instanceof RaisesEvents raiser && raiser.isClosed();
            return isOfNobody || events.offer(event);
        }
    }

    /** Takes out the events of something that is closed: nobody has taken them, so nobody has to acknowledge them. */
    void forgetEvents(RaisesEvents closed) {
        synchronized (events) {
            events.removeIf(event -> event.element() == closed);
        }
    }

    @Override
    public @Nullable AsyncEvent nextAsyncEvent(long timeoutMs) throws InterruptedException {
        if (isClosed) {
            return null;
        }
        AsyncEvent event = events.poll(timeoutMs, TimeUnit.MILLISECONDS);
        if (event != null && event.port() < 0) {
            raise(END);
            return null;
        }
        return event;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
        }
        raise(END);
        Closer closer = new Closer();
        closeChildren(closer);
        closer.close(onClosed::run);
        Throwable failure = closer.failure();
        if (failure != null) {
            throw new VerbsException(
                    "ibv_close_device", name, Errno.EBUSY, "not everything of it could be closed", failure);
        }
    }

    private void closeChildren(Closer closer) {
        for (Class<?> kind : List.of(SoftPd.class, SoftCq.class, SoftChannel.class)) {
            for (AutoCloseable child : children) {
                if (kind.isInstance(child)) {
                    closeChild(child, closer);
                }
            }
        }
    }

    private static void closeChild(AutoCloseable child, Closer closer) {
        if (child instanceof SoftPd domain) {
            domain.closeUsers(closer);
        }
        closer.close(child);
    }
}
