package io.openib.verbs.jna;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.GidEntry;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An open {@code ibv_context} that has passed the load-time checks. */
final class JnaDevice implements Device {
    private static final int PORT_BUFFER = 256;

    private final VerbsContext context;
    private final DeviceAttributes attributes;
    private final GidTable gids;
    private final AsyncEvents asyncEvents;
    private final Map<Integer, PortAttributes> firstSeen = new ConcurrentHashMap<>();

    JnaDevice(VerbsContext context, DeviceAttributes attributes, int asyncFd, RemovalWatch removal) {
        this.context = context;
        this.attributes = attributes;
        this.gids = new GidTable(context);
        this.asyncEvents = new AsyncEvents(context, asyncFd, removal);
    }

    VerbsContext context() {
        return context;
    }

    @Override
    public String name() {
        return context.deviceName();
    }

    @Override
    public DeviceAttributes attributes() {
        return attributes;
    }

    @Override
    public int numaNode() {
        return KernelDevices.SYSFS.numaNode(name());
    }

    @Override
    public PortAttributes queryPort(int port) {
        String place = verifyPort("ibv_query_port", port);
        NativeMemory attr = NativeMemory.ofBytes(PORT_BUFFER);
        Failures.check(context.ibv().queryPort(context.address(), port, attr.address()), "ibv_query_port", place);
        return PortAttrLayout.read(attr.bytes());
    }

    /** A port as it was when it was first looked at: the lengths of its tables stay, and some adapters are slow to tell. */
    private PortAttributes first(int port) {
        return firstSeen.computeIfAbsent(port, this::queryPort);
    }

    @Override
    public GidEntry queryGid(int port, int index) {
        String place = verifyPort("ibv_query_gid", port);
        return gids.entry(place, port, index, first(port).gidTableLength());
    }

    @Override
    public List<GidEntry> queryGidTable(int port) {
        String place = verifyPort("ibv_query_gid_table", port);
        return gids.entries(place, port, first(port).gidTableLength());
    }

    @Override
    public int queryPkey(int port, int index) {
        String place = verifyPort("ibv_query_pkey", port) + " index " + index;
        if (index < 0 || index >= first(port).pkeyTableLength()) {
            throw Failures.invalid("ibv_query_pkey", place, "the table has no such row");
        }
        NativeMemory pkey = NativeMemory.ofBytes(Short.BYTES);
        int result = context.ibv().queryPkey(context.address(), port, index, pkey.address());
        Failures.check(result, "ibv_query_pkey", place);
        return Short.toUnsignedInt(Short.reverseBytes(pkey.bytes().getShort(0)));
    }

    private String verifyPort(String call, int port) {
        String place = name() + ":" + port;
        if (port < 1 || port > attributes.physicalPorts()) {
            throw Failures.invalid(call, place, "the device has ports 1 to " + attributes.physicalPorts());
        }
        return place;
    }

    @Override
    public ProtectionDomain allocProtectionDomain() {
        long pd = Failures.check(context.ibv().allocPd(context.address()), "ibv_alloc_pd", name());
        return context.opened(pd, new JnaProtectionDomain(this, pd));
    }

    @Override
    public CompletionChannel createCompletionChannel() {
        long channel =
                Failures.check(context.ibv().createCompChannel(context.address()), "ibv_create_comp_channel", name());
        return context.opened(channel, new JnaCompletionChannel(context, channel));
    }

    @Override
    public CompletionQueue createCompletionQueue(int cqe, @Nullable CompletionChannel channel) {
        long most = attributes.limit(DeviceLimit.MAX_CQE);
        if (cqe < 1 || cqe > most) {
            throw Failures.invalid("ibv_create_cq", name(), cqe + " entries are not within 1 to " + most);
        }
        JnaCompletionChannel events = (JnaCompletionChannel) channel;
        long cq = Failures.check(
                context.ibv().createCq(context.address(), cqe, 0, events == null ? 0 : events.address(), 0),
                "ibv_create_cq",
                name());
        return context.opened(cq, new JnaCompletionQueue(this, cq, events));
    }

    @Override
    public @Nullable AsyncEvent nextAsyncEvent(long timeoutMs) throws InterruptedException {
        return asyncEvents.next(timeoutMs);
    }

    @Override
    public void close() {
        asyncEvents.close(context::close);
    }

    @Override
    public String toString() {
        return name();
    }
}
