package io.openib.verbs.soft;

import io.openib.mca.McaParameters;
import io.openib.verbs.AddressVector;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import io.openib.verbs.soft.wire.WireLink;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The process's one adapter: arena, tables, port, device thread and injector, shared by all open contexts. Made with the
 * first context, and closed with the last. Its port and GIDs are there from the beginning, and so is the wire's socket,
 * which GIDs name; arena and threads come with the first thing that lies in shared memory, so a device that is only looked
 * at costs none.
 */
final class SoftAdapter {
    static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final long id = OwnArena.newId();
    private final Object making = new Object();
    private final McaParameters values;
    private final SoftPort port;
    private final @Nullable SoftWire wire;
    private final byte[] secret;
    private final FaultInjector faults;
    private final boolean isInjecting;
    private final boolean hasFaultPoint;
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger domains = new AtomicInteger();
    private final AtomicLong uses = new AtomicLong();
    private final Map<Integer, Object> numbered = new ConcurrentHashMap<>();
    private final Set<SoftDevice> devices = new CopyOnWriteArraySet<>();
    private volatile @Nullable Shared shared;
    private volatile boolean isPortActive = true;
    private volatile boolean isClosed;
    private volatile boolean isFatal;

    private SoftAdapter(McaParameters values, byte[] secret, boolean isJobLocal, FaultInjector faults) {
        this.values = values;
        this.secret = secret;
        this.faults = faults;
        this.isInjecting = faults.isOn();
        this.hasFaultPoint = faults.hasPoint();
        SoftWire listening = SoftWire.open(this, WireParameters.bound(values, secret, isJobLocal), secret);
        this.wire = listening;
        try {
            this.port = new SoftPort(id, SoftParameters.linkLayer(values), this::arena, listening);
        } catch (RuntimeException e) {
            if (listening != null) {
                listening.close();
            }
            throw e;
        }
    }

    /** Takes an id, and a port of the wire's. Shared memory is not made before something that lies in it is. */
    static SoftAdapter open(McaParameters values, byte[] secret, boolean isJobLocal, FaultInjector faults) {
        return new SoftAdapter(values, secret, isJobLocal, faults);
    }

    /** Whether a job with this secret can use its wire, if it has one. */
    boolean isOf(byte[] jobSecret) {
        return wire == null || MessageDigest.isEqual(secret, jobSecret);
    }

    /** What is made with the first thing that lies in shared memory. */
    private static final class Shared {
        private final OwnArena arena;
        private final PeerDirectory peers;
        private final QueuePairTable queuePairs;
        private final RegionTable regions;
        private final OutboundRings rings;
        private final Reaper reaper;
        private final DeviceThread deviceThread;

        private Shared(OwnArena arena, LongConsumer onRing, Reaper.Elements elements, FaultInjector faults)
                throws IOException {
            this.arena = arena;
            this.deviceThread = new DeviceThread(arena.folder(), onRing);
            this.peers = new PeerDirectory(arena, deviceThread::watch);
            this.rings = new OutboundRings(arena, faults);
            this.reaper = new Reaper(arena, peers, rings, elements, deviceThread::wakeUp);
            this.queuePairs = new QueuePairTable(arena);
            this.regions = new RegionTable(arena);
        }
    }

    private Shared shared() {
        Shared known = shared;
        return known == null ? makeShared() : known;
    }

    /**
     * Makes the process's arena and starts the device thread.
     *
     * @throws NoRoomException when there is no folder or no room for shared memory
     */
    private Shared makeShared() {
        synchronized (making) {
            Shared known = shared;
            if (known != null) {
                return known;
            }
            if (isClosed) {
                throw new IllegalStateException("the adapter is closed");
            }
            ArenaHome home =
                    ArenaHome.open(SHARED_MEMORY, SoftParameters.spareFolder(values), values.value(SoftParameters.JOB));
            OwnArena arena = OwnArena.create(id, home, this::onOwnRing);
            try {
                Shared made = new Shared(arena, this::onRing, new Shown(), faults);
                made.deviceThread.start(made.reaper);
                shared = made;
                showPort(made);
                if (wire != null) {
                    wire.start();
                }
                return made;
            } catch (IOException e) {
                arena.close();
                throw new NoRoomException("cannot open the doorbell in " + arena.folder() + ": " + e);
            }
        }
    }

    /** What peers may hold something of. */
    private final class Shown implements Reaper.Elements {
        @Override
        public Stream<SoftSrq> sharedQueues() {
            return all(SoftSrq.class);
        }

        @Override
        public Stream<SoftCq> completionQueues() {
            return all(SoftCq.class);
        }

        private <T> Stream<T> all(Class<T> kind) {
            return numbered.values().stream().filter(kind::isInstance).map(kind::cast);
        }
    }

    /** The arena's id, which the GIDs carry. */
    long id() {
        return id;
    }

    OwnArena arena() {
        return shared().arena;
    }

    /** The arena if there is one already. */
    Optional<OwnArena> arenaInUse() {
        Shared known = shared;
        return known == null ? Optional.empty() : Optional.of(known.arena);
    }

    PeerDirectory peers() {
        return shared().peers;
    }

    OutboundRings rings() {
        return shared().rings;
    }

    Reaper reaper() {
        return shared().reaper;
    }

    QueuePairTable queuePairs() {
        return shared().queuePairs;
    }

    RegionTable regions() {
        return shared().regions;
    }

    SoftPort port() {
        return port;
    }

    DeviceThread deviceThread() {
        return shared().deviceThread;
    }

    FaultInjector faults() {
        return faults;
    }

    /** A number that was never given before. */
    long newUse() {
        return uses.incrementAndGet();
    }

    int newDomainNumber() {
        return domains.incrementAndGet();
    }

    /** Gives something a number by which a doorbell can name it. */
    int enter(Object element) {
        int number = numbers.incrementAndGet();
        numbered.put(number, element);
        return number;
    }

    void leave(int number) {
        numbered.remove(number);
    }

    void add(SoftDevice device) {
        devices.add(device);
    }

    /** Whether that was the last context. */
    boolean remove(SoftDevice device) {
        devices.remove(device);
        return devices.isEmpty();
    }

    /** What this process says to itself, in the midst of an operation: nothing that takes a queue pair's lock. */
    private void onOwnRing(long message) {
        if (Doorbell.kind(message) == Doorbell.FAULT) {
            deviceThread().later(() -> {
                onRing(message);
                return true;
            });
        } else {
            onRing(message);
        }
    }

    private void onRing(long message) {
        int number = Doorbell.number(message);
        switch (Doorbell.kind(message)) {
            case Doorbell.COMPLETION -> {
                if (numbered.get(number) instanceof SoftCq queue) {
                    queue.onArmedCompletion();
                }
            }
            case Doorbell.OVERRUN -> {
                if (numbered.get(number) instanceof SoftCq queue) {
                    queue.fail();
                }
            }
            case Doorbell.FAULT -> {
                SoftQp qp = queuePairs().find(number);
                if (qp != null) {
                    qp.noticePeerFault();
                }
            }
            case Doorbell.SRQ_LIMIT -> {
                if (numbered.get(number) instanceof SoftSrq srq) {
                    srq.onLimit();
                }
            }
            case Doorbell.CROWDED -> reaper().onCrowded();
            default -> {
                // A stranger's: it has no meaning here.
            }
        }
    }

    /**
     * The way to a process that shares no memory with this one.
     *
     * @return null when it does, or there is no way
     */
    @Nullable
    WireLink linkTo(AddressVector vector, long arenaId) {
        SoftWire present = wire;
        InetSocketAddress address = present == null ? null : port.wireAddress(vector);
        if (present == null || address == null || peers().find(arenaId) != null) {
            return null;
        }
        return present.linkTo(arenaId, address);
    }

    void carryOnTheWire(WireSender sender) {
        java.util.Objects.requireNonNull(wire).carryOn(sender);
    }

    /** Hands a datagram to the wire; false when it is dropped. */
    boolean sendOnTheWire(WireLink link, OutgoingDatagram datagram) {
        return java.util.Objects.requireNonNull(wire).send(link, datagram);
    }

    boolean isPortActive() {
        return isPortActive;
    }

    boolean isFatal() {
        return isFatal;
    }

    boolean isInjecting() {
        return isInjecting;
    }

    void pass(FaultPoint point) {
        if (hasFaultPoint) {
            faults.pass(point);
        }
    }

    long injectedDelayNs() {
        return faults.delayNs();
    }

    /**
     * Lets the injector have its way with the next packet of a queue pair.
     *
     * @return 0 when nothing happens to it, {@link SoftQp#TWICE}, or an outcome of {@link SoftQp#run}, of which the caller
     *     makes and counts NOT_READY
     */
    int inject(SoftQp qp) {
        return switch (faults.fate()) {
            case FaultInjector.LOST -> Outcome.UNANSWERED;
            case FaultInjector.DELAYED, FaultInjector.REORDERED -> Outcome.HELD_BACK;
            case FaultInjector.DUPLICATED -> Outcome.TWICE;
            case FaultInjector.RNR -> Outcome.NOT_READY;
            case FaultInjector.BROKEN -> {
                qp.raise(AsyncEventType.QP_FATAL);
                yield WcStatus.FATAL_ERR.code();
            }
            case FaultInjector.PORT_DOWN -> {
                setPort(false);
                yield 0;
            }
            case FaultInjector.PORT_UP -> {
                setPort(true);
                yield 0;
            }
            case FaultInjector.FATAL -> {
                failDevice();
                yield WcStatus.FATAL_ERR.code();
            }
            default -> 0;
        };
    }

    /** Takes the port down or up, for everybody: peers see it in the arena. */
    void setPort(boolean isActive) {
        isPortActive = isActive;
        showPort(shared);
        raise(new AsyncEvent(isActive ? AsyncEventType.PORT_ACTIVE : AsyncEventType.PORT_ERR, null, 1));
    }

    private void showPort(@Nullable Shared made) {
        if (made != null) {
            Words.putIntVolatile(made.arena.memory(0), ArenaLayout.PORT_ACTIVE_OFFSET, isPortActive ? 1 : 0);
        }
    }

    private void failDevice() {
        isFatal = true;
        isPortActive = false;
        showPort(shared);
        raise(new AsyncEvent(AsyncEventType.DEVICE_FATAL, null, 0));
        deviceThread().later(this::failQueuePairs); // under no lock of who met the failure
    }

    private boolean failQueuePairs() {
        for (SoftQp qp : queuePairs().all()) {
            if (qp != null) {
                qp.fail();
            }
        }
        return true;
    }

    private void raise(AsyncEvent event) {
        devices.forEach(device -> device.raise(event));
    }

    void close() {
        Shared made;
        synchronized (making) {
            isClosed = true;
            made = shared;
        }
        Closer closer = new Closer();
        if (wire != null) {
            closer.close(wire::close);
        }
        if (made != null) {
            closer.close(made.deviceThread);
            closer.close(port::close);
            closer.close(made.peers::close);
            closer.close(made.arena);
        }
        Throwable failure = closer.failure();
        if (failure != null) {
            throw new IllegalStateException("the adapter was not closed in full", failure);
        }
    }
}
