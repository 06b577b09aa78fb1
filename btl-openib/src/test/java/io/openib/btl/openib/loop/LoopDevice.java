package io.openib.btl.openib.loop;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressHandle;
import io.openib.verbs.AddressVector;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceAttributes;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

final class LoopDevice implements Device, ProtectionDomain {
    /** Events that the next device to look gets. */
    static final LinkedBlockingQueue<AsyncEvent> EVENTS = new LinkedBlockingQueue<>();

    static final AtomicInteger OPEN = new AtomicInteger();

    private final LoopFabric fabric;
    private final String name;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    LoopDevice(LoopFabric fabric, String name) {
        this.fabric = fabric;
        this.name = name;
        OPEN.incrementAndGet();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceAttributes attributes() {
        Map<DeviceLimit, Long> limits = new EnumMap<>(DeviceLimit.class);
        for (DeviceLimit limit : DeviceLimit.values()) {
            limits.put(limit, 1L << 20);
        }
        limits.put(DeviceLimit.MAX_INLINE_DATA, fabric.tellsInline() ? 256L : 0L);
        limits.put(DeviceLimit.MAX_QP_INIT_RD_ATOM, 8L);
        limits.put(DeviceLimit.MAX_QP_RD_ATOM, 16L);
        return new DeviceAttributes("1", 1, 0, 0, 0, fabric.ports(), fabric.atomics(), fabric.isInfiniband(), limits);
    }

    @Override
    public int numaNode() {
        return fabric.node(name);
    }

    @Override
    public Optional<String> whyOutOfReach(int port, Gid peer) {
        return fabric.whyOutOfReach();
    }

    @Override
    public PortAttributes queryPort(int port) {
        LinkLayer layer = fabric.isInfiniband() ? LinkLayer.INFINIBAND : LinkLayer.ETHERNET;
        return new PortAttributes(
                fabric.state(name, port),
                Mtu.MTU_4096,
                Mtu.MTU_4096,
                fabric.gids(),
                fabric.pkeys(),
                1 << 20,
                0,
                0,
                layer,
                0,
                false);
    }

    @Override
    public GidEntry queryGid(int port, int index) {
        return fabric.gid(port, index);
    }

    @Override
    public List<GidEntry> queryGidTable(int port) {
        return IntStream.range(0, fabric.gids())
                .mapToObj(row -> queryGid(port, row))
                .filter(entry -> !entry.gid().equals(Gid.ZERO))
                .toList();
    }

    @Override
    public int queryPkey(int port, int index) {
        return fabric.pkey(index);
    }

    @Override
    public ProtectionDomain allocProtectionDomain() {
        return this;
    }

    @Override
    public CompletionChannel createCompletionChannel() {
        throw new IllegalStateException("the loop device has none");
    }

    @Override
    public CompletionQueue createCompletionQueue(int cqe, @Nullable CompletionChannel channel) {
        fabric.makesQueue();
        objects().make("ibv_create_cq", name);
        CompletionQueue queue = new LoopCompletionQueue(this, cqe);
        fabric.made(queue);
        return queue;
    }

    LoopObjects objects() {
        return fabric.objects();
    }

    void lastReceiveTaken(LoopQueuePair qp) {
        fabric.lastReceiveTaken(name, qp);
    }

    boolean isStuck() {
        return fabric.isStuck();
    }

    boolean isOf(LoopFabric other) {
        return fabric == other;
    }

    void awaitDestroy() {
        fabric.awaitDestroy();
    }

    void destroyed(LoopQueuePair qp) {
        fabric.destroyed(name, qp);
    }

    void resizesQueue(int entries) {
        fabric.resizesQueue(entries);
    }

    @Override
    public @Nullable AsyncEvent nextAsyncEvent(long timeoutMs) throws InterruptedException {
        AsyncEvent own = fabric.event(name);
        return own != null || isClosed.get() ? own : EVENTS.poll(timeoutMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public Device device() {
        return this;
    }

    @Override
    public MemoryRegion allocate(long lengthBytes, Set<AccessFlag> access) {
        checkOpen();
        objects().makeMemory(name, lengthBytes);
        return new LoopRegion(this, ByteBuffer.allocateDirect((int) lengthBytes), access);
    }

    @Override
    public MemoryRegion register(ByteBuffer memory, Set<AccessFlag> access) {
        checkOpen();
        if (AccessFlag.hasRemote(access) && !fabric.isInfiniband()) {
            throw new VerbsException("ibv_reg_mr", name(), Errno.EOPNOTSUPP, "use allocate");
        }
        objects().make("ibv_reg_mr", name);
        return new LoopRegion(this, memory.slice(), access);
    }

    private void checkOpen() {
        if (isClosed.get()) {
            throw new VerbsException("ibv_reg_mr", name(), Errno.EINVAL, "it is closed");
        }
    }

    @Override
    public QueuePair createQueuePair(QpInitAttributes attributes) {
        int inline = attributes.capabilities().maxInlineData();
        if (!fabric.takesInline(inline)) {
            throw new VerbsException("ibv_create_qp", name(), Errno.EINVAL, inline + " bytes of inline data");
        }
        fabric.makesQueuePair();
        objects().make("ibv_create_qp", name);
        return new LoopQueuePair(this, attributes);
    }

    @Override
    public SharedReceiveQueue createSharedReceiveQueue(int maxWr, int maxSge) {
        objects().make("ibv_create_srq", name);
        return new LoopReceives(this, maxWr).onClose(objects()::closed);
    }

    @Override
    public AddressHandle createAddressHandle(AddressVector vector) {
        throw new IllegalStateException("the loop device has none");
    }

    @Override
    public void close() {
        if (isClosed.compareAndSet(false, true)) {
            OPEN.decrementAndGet();
        }
    }
}
