package io.openib.btl.openib.loop;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.AtomicCapability;
import io.openib.verbs.Availability;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.PortState;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What all loop devices of a JVM share: one lock, the numbers of queue pairs, the addresses of memory. */
public final class LoopFabric implements VerbsProvider {
    private static final int LOOKS = 4;

    static final Object LOCK = new Object();
    /** By number; arrays, so that looking one up makes no object. */
    static final AtomicReferenceArray<@Nullable LoopQueuePair> QPS = new AtomicReferenceArray<>(1 << 18);

    static final AtomicReferenceArray<@Nullable LoopRegion> REGIONS = new AtomicReferenceArray<>(1 << 18);
    static final AtomicInteger NEXT = new AtomicInteger(100);
    static final AtomicLong ADDRESS = new AtomicLong(1L << 40);
    /** Messages that found no receive. */
    static final AtomicLong RNR = new AtomicLong();

    /** Messages that found no receive on a per-peer queue. */
    static final AtomicLong RNR_PER_PEER = new AtomicLong();

    public static long rnr() {
        return RNR.get();
    }

    public static long rnrPerPeer() {
        return RNR_PER_PEER.get();
    }

    /** How many there are. */
    public static int queuePairs() {
        int count = 0;
        for (int i = 0; i < QPS.length(); i++) {
            count += QPS.get(i) == null ? 0 : 1;
        }
        return count;
    }

    /** How many devices are open. */
    public static int openDevices() {
        return LoopDevice.OPEN.get();
    }

    /** Lets some device report that it is broken. */
    public static void breakDevice() {
        LoopDevice.EVENTS.add(new AsyncEvent(AsyncEventType.DEVICE_FATAL, null, 0));
    }

    /** Lets its device report that it is broken. */
    public void breakIt() {
        report(name + "0", AsyncEventType.DEVICE_FATAL, 0);
    }

    /** Lets a device of it report something; a port that it concerns is so from then on. */
    public void report(String device, AsyncEventType type, int port) {
        if (type == AsyncEventType.PORT_ERR) {
            down.add(device + ':' + port);
        } else if (type == AsyncEventType.PORT_ACTIVE) {
            down.remove(device + ':' + port);
        }
        add(device, new AsyncEvent(type, null, port));
    }

    /** Lets a device of it report that a completion queue is in error: counted from 0 as they were made. */
    public void reportQueue(String device, int number) {
        add(device, new AsyncEvent(AsyncEventType.CQ_ERR, made.get(number), 0));
    }

    private void add(String device, AsyncEvent event) {
        events.computeIfAbsent(device, any -> new ConcurrentLinkedQueue<>()).add(event);
    }

    /** Its devices do not report what is the last shared receive of a queue pair, as some kernels do not. */
    public LoopFabric silentOfLastReceives() {
        isSilent = true;
        return this;
    }

    void lastReceiveTaken(String device, LoopQueuePair qp) {
        if (!isSilent) {
            events.computeIfAbsent(device, any -> new ConcurrentLinkedQueue<>())
                    .add(new AsyncEvent(AsyncEventType.QP_LAST_WQE_REACHED, qp, 0));
        }
    }

    /** Who destroys a queue pair of its devices waits for this, whatever interrupts it. */
    public void holdDestroys(CountDownLatch gate) {
        destroys = gate;
    }

    void awaitDestroy() {
        boolean isInterrupted = false;
        while (true) {
            try {
                destroys.await();
                break;
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    void destroyed(String device, LoopQueuePair qp) {
        Queue<AsyncEvent> untold = events.get(device);
        if (untold != null && untold.removeIf(event -> event.element() == qp)) {
            destroyedEarly.incrementAndGet();
        }
    }

    /** Queue pairs that were destroyed before anybody had looked at the report of their last shared receive. */
    public int destroyedEarly() {
        return destroyedEarly.get();
    }

    PortState state(String device, int port) {
        return down.contains(device + ':' + port) ? PortState.DOWN : PortState.ACTIVE;
    }

    /** Whether what it had to report was taken. */
    public boolean isHeard() {
        return events.values().stream().allMatch(Queue::isEmpty);
    }

    /** What a device of it has to report. */
    @Nullable
    AsyncEvent event(String device) {
        Queue<AsyncEvent> of = events.get(device);
        AsyncEvent next = of == null ? null : of.peek();
        boolean isLate = next != null && next.type() == AsyncEventType.QP_LAST_WQE_REACHED;
        // Devices take some time for that one.
        return of == null || (isLate && looks.incrementAndGet() % LOOKS != 0) ? null : of.poll();
    }

    /** Breaks every connection that there is. */
    public static void breakAll() {
        for (int i = 0; i < QPS.length(); i++) {
            LoopQueuePair qp = QPS.get(i);
            if (qp != null) {
                qp.modify(QpAttributes.toState(QpState.ERR));
            }
        }
    }

    private final String name;
    private final int exclusivity;
    private final AtomicInteger queuesMade = new AtomicInteger();
    private final List<CompletionQueue> made = new CopyOnWriteArrayList<>();
    private final Map<String, Queue<AsyncEvent>> events = new ConcurrentHashMap<>();
    private final Set<String> down = ConcurrentHashMap.newKeySet();
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger destroyedEarly = new AtomicInteger();
    private volatile CountDownLatch destroys = new CountDownLatch(0);
    private volatile boolean isSilent;
    private @Nullable String whyOutOfReach;
    private volatile boolean isBroken;
    private volatile int ports = 1;
    private volatile int devices = 1;
    private volatile boolean isInfiniband;
    private volatile AtomicCapability atomics = AtomicCapability.HCA;
    private volatile long subnetPrefix = 0xfdL << 56;
    private volatile boolean isDead;
    private volatile boolean isStuck;
    private volatile int resizeErrno;
    private volatile int mostResized = Integer.MAX_VALUE;
    private volatile int mostInline = -1;
    private volatile int[] nodes = {};
    private volatile int[] pkeys = {0xffff, 0x8005};
    private volatile long[] gids = {1, 2};
    private volatile boolean hasTables = true;
    private final AtomicInteger resized = new AtomicInteger();
    private final LoopObjects objects = new LoopObjects();

    /** The usual one. */
    public LoopFabric() {
        this("loop", SOFTWARE);
    }

    /** One kind of several; only those of one name reach each other. */
    public LoopFabric(String name, int exclusivity) {
        this.name = name;
        this.exclusivity = exclusivity;
    }

    /** Lets its device open and nothing be made on it. */
    public LoopFabric broken() {
        isBroken = true;
        return this;
    }

    /** Has its device know that no peer is within reach. */
    public LoopFabric outOfReach(String why) {
        whyOutOfReach = why;
        return this;
    }

    Optional<String> whyOutOfReach() {
        return Optional.ofNullable(whyOutOfReach);
    }

    /** Lets its device make no more queue pairs, as one that has died and not yet said so. */
    public void die() {
        isDead = true;
    }

    /** From now on its queue pairs do not go to ERR, and nothing that they have is flushed. */
    public void stick() {
        isStuck = true;
    }

    boolean isStuck() {
        return isStuck;
    }

    /** Destroys the queue pairs of its devices, whose owner has left them. */
    public void destroyQueuePairs() {
        for (int i = 0; i < QPS.length(); i++) {
            LoopQueuePair qp = QPS.get(i);
            if (qp != null && qp.isOf(this)) {
                qp.close();
            }
        }
    }

    void makesQueuePair() {
        if (isDead) {
            throw new VerbsException("ibv_create_qp", name + "0", Errno.EIO, "the device is dead");
        }
    }

    /** The objects that are made on its devices. */
    public LoopObjects objects() {
        return objects;
    }

    /** Gives its device two ports. */
    public LoopFabric withTwoPorts() {
        ports = 2;
        return this;
    }

    /** Gives it several devices, as adapters on InfiniBand are: peers may be let into any memory, by each device's own keys. */
    public LoopFabric withInfiniband(int count) {
        devices = count;
        isInfiniband = true;
        return this;
    }

    /** Its devices are attached to these NUMA nodes. */
    public LoopFabric onNodes(int... numbers) {
        nodes = numbers.clone();
        return this;
    }

    int node(String device) {
        return nodes.length == 0 ? -1 : nodes[deviceNames().indexOf(device)];
    }

    /** Its ports have these rows in their P_Key tables. */
    public LoopFabric withPkeys(int... rows) {
        pkeys = rows.clone();
        return this;
    }

    int pkeys() {
        return pkeys.length;
    }

    int pkey(int row) {
        checkTables("ibv_query_pkey");
        return pkeys[row];
    }

    /** Its ports have these GIDs in the rows of their tables, by interface id and as RoCE v1 if it is below 0; 0 is an empty row. */
    public LoopFabric withGids(long... rows) {
        gids = rows.clone();
        return this;
    }

    int gids() {
        return gids.length;
    }

    GidEntry gid(int port, int row) {
        checkTables("ibv_query_gid");
        long id = row < gids.length ? gids[row] : 0;
        Gid gid = id == 0 ? Gid.ZERO : new Gid(subnetPrefix, Math.abs(id));
        return new GidEntry(gid, row, port, id < 0 ? GidType.ROCE_V1 : GidType.ROCE_V2);
    }

    /** From now on nobody can read the tables of its ports, or can again. */
    public void hideTables(boolean isHidden) {
        hasTables = !isHidden;
    }

    private void checkTables(String call) {
        if (!hasTables) {
            throw new VerbsException(call, name + "0", Errno.EIO, "told so");
        }
    }

    /** Its ports have the subnet prefix of a fabric that was given none. */
    public LoopFabric withDefaultSubnetPrefix() {
        subnetPrefix = 0xfe80L << 48;
        return this;
    }

    /** Its devices' atomics are atomic among all of the host. */
    public LoopFabric withGlobalAtomics() {
        atomics = AtomicCapability.GLOBAL;
        return this;
    }

    AtomicCapability atomics() {
        return atomics;
    }

    boolean isInfiniband() {
        return isInfiniband;
    }

    int ports() {
        return ports;
    }

    /** Completion queues made on its device. */
    public int queuesMade() {
        return queuesMade.get();
    }

    void makesQueue() {
        if (isBroken) {
            throw new VerbsException("ibv_create_cq", name + "0:1", Errno.EIO, "the device is dead");
        }
        queuesMade.incrementAndGet();
    }

    void made(CompletionQueue queue) {
        made.add(queue);
    }

    /** Its device does not tell how much inline data it takes, and makes no queue pair for more than this. */
    public LoopFabric refusesInlineBeyond(int bytes) {
        mostInline = bytes;
        return this;
    }

    boolean tellsInline() {
        return mostInline < 0;
    }

    boolean takesInline(int bytes) {
        return mostInline < 0 || bytes <= mostInline;
    }

    /** From now on completion queues of its device are not resized, for this reason. */
    public LoopFabric refusesToResize(int errno) {
        resizeErrno = errno;
        return this;
    }

    /** From now on completion queues of its device are made no longer than this. */
    public LoopFabric resizesNoFurtherThan(int entries) {
        mostResized = entries;
        return this;
    }

    /** How often a completion queue of its device was resized. */
    public int queuesResized() {
        return resized.get();
    }

    void resizesQueue(int entries) {
        int errno = entries > mostResized ? Errno.ENOMEM : resizeErrno;
        if (errno != 0) {
            throw new VerbsException("ibv_resize_cq", name + "0", errno, "told so");
        }
        resized.incrementAndGet();
    }

    /** What the newest queue pair was last told with a move to a state. */
    public static QpAttributes lastMove(QpState state) {
        for (int i = NEXT.get() - 1; i >= 0; i--) {
            LoopQueuePair qp = QPS.get(i);
            if (qp != null && qp.move(state) != null) {
                return Objects.requireNonNull(qp.move(state));
            }
        }
        throw new AssertionError("no queue pair is in " + state);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return exclusivity;
    }

    @Override
    public Availability availability() {
        return Availability.usable();
    }

    @Override
    public List<String> deviceNames() {
        return IntStream.range(0, devices).mapToObj(i -> name + i).toList();
    }

    @Override
    public Device open(String deviceName) {
        return new LoopDevice(this, deviceName);
    }
}
