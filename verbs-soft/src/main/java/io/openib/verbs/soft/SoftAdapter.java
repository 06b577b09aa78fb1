package io.openib.verbs.soft;

import io.openib.mca.McaParameters;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The process's one adapter: arena, tables, port, device thread and injector, shared by all open contexts. Made with the
 * first context, and closed with the last.
 */
final class SoftAdapter {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final OwnArena arena;
    private final PeerDirectory peers;
    private final QueuePairTable queuePairs;
    private final RegionTable regions;
    private final SoftPort port;
    private final DeviceThread deviceThread;
    private final FaultInjector faults;
    private final boolean isInjecting;
    private final boolean hasFaultPoint;
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger domains = new AtomicInteger();
    private final AtomicLong uses = new AtomicLong();
    private final Map<Integer, Object> numbered = new ConcurrentHashMap<>();
    private final Map<Long, Map<Long, OutboundRing>> outbound = new HashMap<>();
    private final Map<Long, Map<Long, OutboundRing>> datagrams = new HashMap<>();
    private final Set<SoftDevice> devices = new CopyOnWriteArraySet<>();
    private volatile boolean isPortActive = true;
    private volatile boolean isFatal;

    private SoftAdapter(OwnArena arena, McaParameters values, FaultInjector faults) throws IOException {
        this.arena = arena;
        this.faults = faults;
        this.isInjecting = faults.isOn();
        this.hasFaultPoint = faults.hasPoint();
        this.deviceThread = new DeviceThread(arena.folder(), this::onRing);
        this.peers = new PeerDirectory(arena, deviceThread::watch);
        this.queuePairs = new QueuePairTable(arena);
        this.regions = new RegionTable(arena);
        this.port = new SoftPort(arena, SoftParameters.linkLayer(values));
    }

    /**
     * Makes the process's arena and starts the device thread.
     *
     * @throws NoRoomException when there is no folder or no room for shared memory
     */
    static SoftAdapter open(McaParameters values, FaultInjector faults) {
        ArenaHome home =
                ArenaHome.open(SHARED_MEMORY, SoftParameters.spareFolder(values), values.value(SoftParameters.JOB));
        Ringer ringer = new Ringer();
        OwnArena arena = OwnArena.create(home, ringer::ring);
        try {
            SoftAdapter adapter = new SoftAdapter(arena, values, faults);
            ringer.adapter = adapter;
            adapter.deviceThread.start();
            return adapter;
        } catch (IOException e) {
            arena.close();
            throw new NoRoomException("cannot open the doorbell in " + arena.folder() + ": " + e);
        }
    }

    /** Ties the arena, which is made first, to the adapter that answers its doorbell. */
    private static final class Ringer {
        private volatile @Nullable SoftAdapter adapter;

        void ring(long message) {
            SoftAdapter known = adapter;
            if (known != null) {
                known.onRing(message);
            }
        }
    }

    OwnArena arena() {
        return arena;
    }

    PeerDirectory peers() {
        return peers;
    }

    QueuePairTable queuePairs() {
        return queuePairs;
    }

    RegionTable regions() {
        return regions;
    }

    SoftPort port() {
        return port;
    }

    DeviceThread deviceThread() {
        return deviceThread;
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

    /** This process's ring for the completions of a connection's peer. */
    OutboundRing outbound(ArenaView target, long inbox) {
        synchronized (outbound) {
            Map<Long, OutboundRing> known = outbound.computeIfAbsent(target.id(), any -> new HashMap<>());
            OutboundRing ring = known.get(inbox);
            if (ring != null && !ring.isCurrent()) {
                ring.free();
                ring = null;
            }
            if (ring == null) {
                ring = new OutboundRing(arena, target, inbox);
                known.put(inbox, ring);
            }
            return ring;
        }
    }

    /** This process's ring for datagrams to queue pairs whose completions come by a directory; null when it is full. */
    @Nullable
    OutboundRing datagramRing(ArenaView target, long directory) {
        synchronized (datagrams) {
            Map<Long, OutboundRing> known = datagrams.computeIfAbsent(target.id(), any -> new HashMap<>());
            OutboundRing ring = known.get(directory);
            if (ring == null) {
                long inbox = DatagramDirectory.claim(target, directory, arena.id());
                if (inbox == 0) {
                    return null;
                }
                ring = new OutboundRing(arena, target, inbox);
                known.put(directory, ring);
            }
            return ring;
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
            case Doorbell.FAULT -> {
                SoftQp qp = queuePairs.find(number);
                if (qp != null) {
                    qp.noticePeerFault();
                }
            }
            case Doorbell.SRQ_LIMIT -> {
                if (numbered.get(number) instanceof SoftSrq srq) {
                    srq.onLimit();
                }
            }
            default -> {
                // A stranger's: it has no meaning here.
            }
        }
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

    /** Lets the injector have its way with an operation: 0, or the outcome of {@link SoftQp#run}. */
    int inject(SoftQp qp) {
        return switch (faults.fate()) {
            case FaultInjector.LOST -> SoftQp.UNANSWERED;
            case FaultInjector.DELAYED, FaultInjector.REORDERED -> SoftQp.HELD_BACK;
            case FaultInjector.RNR -> SoftQp.NOT_READY;
            case FaultInjector.BROKEN -> {
                qp.raise(AsyncEventType.QP_FATAL);
                yield io.openib.verbs.WcStatus.FATAL_ERR.code();
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
                yield io.openib.verbs.WcStatus.FATAL_ERR.code();
            }
            default -> 0; // nothing; a duplicate of a reliable packet is dropped by its receiver
        };
    }

    /** How many copies of a datagram arrive, or {@link SoftQp#HELD_BACK}. */
    int injectDatagram() {
        return switch (faults.fate()) {
            case FaultInjector.LOST -> 0;
            case FaultInjector.DUPLICATED -> 2;
            case FaultInjector.DELAYED, FaultInjector.REORDERED -> SoftQp.HELD_BACK;
            case FaultInjector.FATAL -> {
                failDevice();
                yield 0;
            }
            case FaultInjector.PORT_DOWN -> {
                setPort(false);
                yield 1;
            }
            case FaultInjector.PORT_UP -> {
                setPort(true);
                yield 1;
            }
            default -> 1;
        };
    }

    /** Takes the port down or up, for everybody: peers see it in the arena. */
    void setPort(boolean isActive) {
        isPortActive = isActive;
        Words.putIntVolatile(arena.memory(0), ArenaLayout.PORT_ACTIVE_OFFSET, isActive ? 1 : 0);
        raise(new AsyncEvent(isActive ? AsyncEventType.PORT_ACTIVE : AsyncEventType.PORT_ERR, null, 1));
    }

    private void failDevice() {
        isFatal = true;
        isPortActive = false;
        Words.putIntVolatile(arena.memory(0), ArenaLayout.PORT_ACTIVE_OFFSET, 0);
        raise(new AsyncEvent(AsyncEventType.DEVICE_FATAL, null, 0));
        for (SoftQp qp : queuePairs.all()) {
            if (qp != null) {
                qp.fail();
            }
        }
    }

    private void raise(AsyncEvent event) {
        devices.forEach(device -> device.raise(event));
    }

    void close() {
        deviceThread.close();
        port.close();
        arena.close();
    }
}
