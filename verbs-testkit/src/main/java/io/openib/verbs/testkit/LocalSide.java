package io.openib.verbs.testkit;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressHandle;
import io.openib.verbs.AsyncEvent;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.LinkLayer;
import io.openib.verbs.MemoryRegion;
import io.openib.verbs.PortAttributes;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.QpType;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WorkCompletions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A side in this process; its objects can be had as they are, too. */
public final class LocalSide implements Side {
    private static final int BATCH = 32;

    private final Device device;
    private final @Nullable VerbsProvider provider;
    private final PortAddress address;
    private final ConcurrentSkipListMap<Integer, AutoCloseable> objects = new ConcurrentSkipListMap<>();
    private final AtomicInteger handles = new AtomicInteger();
    private @Nullable ProtectionDomain pd;
    private @Nullable LocalCm cm;

    /** Opens the device. */
    public LocalSide(DeviceUnderTest underTest) {
        device = underTest.open();
        provider = underTest.provider().orElse(null);
        int gidIndex = underTest.gidIndex(device);
        PortAttributes port = device.queryPort(underTest.port());
        var gid = device.queryGid(underTest.port(), gidIndex).gid();
        address = new PortAddress(
                underTest.port(),
                port.lid(),
                gid.subnetPrefix(),
                gid.interfaceId(),
                gidIndex,
                underTest.pkeyIndex(device),
                port.activeMtu().code(),
                port.linkLayer() == LinkLayer.ETHERNET,
                port.isGrhRequired());
    }

    /** The open device. */
    public Device device() {
        return device;
    }

    /** The protection domain of everything here; made when first asked for. */
    public synchronized ProtectionDomain pd() {
        if (pd == null) {
            pd = device.allocProtectionDomain();
            keep(pd);
        }
        return pd;
    }

    @Override
    public synchronized LocalCm cm() {
        if (cm == null) {
            cm = new LocalCm(this, provider);
            keep(cm);
        }
        return cm;
    }

    /** Has an object closed with the others, and gives it a handle. */
    public int keep(AutoCloseable object) {
        int handle = handles.incrementAndGet();
        objects.put(handle, object);
        return handle;
    }

    /** A queue pair by its handle. */
    public QueuePair qp(int handle) {
        return get(handle, QueuePair.class);
    }

    /** A completion queue by its handle. */
    public CompletionQueue cq(int handle) {
        return get(handle, CompletionQueue.class);
    }

    /** A shared receive queue by its handle. */
    public SharedReceiveQueue srq(int handle) {
        return get(handle, SharedReceiveQueue.class);
    }

    /** A region by its handle. */
    public MemoryRegion mr(int handle) {
        return get(handle, MemoryRegion.class);
    }

    private <T> T get(int handle, Class<T> type) {
        Object found = objects.get(handle);
        if (!type.isInstance(found)) {
            throw new IllegalArgumentException("handle " + handle + " is no " + type.getSimpleName() + ": " + found);
        }
        return type.cast(found);
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public PortAddress address() {
        return address;
    }

    @Override
    public int createCq(int cqe) {
        return keep(device.createCompletionQueue(cqe, null));
    }

    @Override
    public int createSrq(int maxWr, int maxSge) {
        return keep(pd().createSharedReceiveQueue(maxWr, maxSge));
    }

    @Override
    public Region allocate(long bytes, int access) {
        return region(pd().allocate(bytes, AccessFlag.ofBits(access)));
    }

    @Override
    public Region register(int bytes, int access) {
        return region(pd().register(ByteBuffer.allocateDirect(bytes), AccessFlag.ofBits(access)));
    }

    /** Keeps a region that a case made. */
    public Region region(MemoryRegion mr) {
        return new Region(keep(mr), mr.address(), mr.lengthBytes(), mr.lkey(), mr.rkey());
    }

    @Override
    public QpRef createQp(QpRequest request) {
        ProtectionDomain domain = pd();
        int sendCq = request.hasCqs() ? request.sendCq() : createCq(256);
        int recvCq = request.hasCqs() ? request.recvCq() : sendCq;
        QueuePair qp = domain.createQueuePair(new QpInitAttributes(
                request.type(),
                cq(sendCq),
                cq(recvCq),
                request.srq() == 0 ? null : srq(request.srq()),
                request.capabilities(),
                request.isSqSigAll()));
        return new QpRef(keep(qp), qp.number(), sendCq, recvCq);
    }

    @Override
    public int createAddressHandle(PortAddress destination) {
        return keep(pd().createAddressHandle(destination.from(address)));
    }

    @Override
    public void toInit(int qp, Wiring wiring) {
        qp(qp).modify(qp(qp).type() == QpType.RC ? wiring.rcInit(address) : wiring.udInit(address));
    }

    @Override
    public void toRtr(int qp, Wiring wiring) {
        qp(qp).modify(qp(qp).type() == QpType.RC ? wiring.rcRtr(address) : QpAttributes.toState(QpState.RTR));
    }

    @Override
    public void toRts(int qp, Wiring wiring) {
        qp(qp).modify(qp(qp).type() == QpType.RC ? wiring.rcRts() : wiring.udRts());
    }

    @Override
    public void toState(int qp, QpState state) {
        qp(qp).modify(QpAttributes.toState(state));
    }

    @Override
    public QpState state(int qp) {
        return qp(qp).state();
    }

    @Override
    public byte[] read(int region, long offset, int length) {
        byte[] bytes = new byte[length];
        mr(region).buffer(offset, length).get(bytes);
        return bytes;
    }

    @Override
    public void write(int region, long offset, byte[] bytes) {
        mr(region).buffer(offset, bytes.length).put(bytes);
    }

    @Override
    public int post(int qp, Send send) {
        QueuePair queuePair = qp(qp);
        int room = queuePair.capabilities().maxSendSge();
        AddressHandle handle = send.addressHandle() == 0 ? null : get(send.addressHandle(), AddressHandle.class);
        return queuePair.post(send.fill(queuePair.newSendRequest(room), room, handle));
    }

    @Override
    public int postRecv(int qp, Recv recv) {
        QueuePair queuePair = qp(qp);
        int room = queuePair.capabilities().maxRecvSge();
        return queuePair.post(recv.fill(queuePair.newRecvRequest(room), room));
    }

    @Override
    public int postSrqRecv(int srq, Recv recv) {
        SharedReceiveQueue queue = srq(srq);
        return queue.post(recv.fill(queue.newRecvRequest(queue.maxSge()), queue.maxSge()));
    }

    @Override
    public List<Wc> poll(int cq, int most) {
        WorkCompletions batch = cq(cq).newCompletions(most);
        int found = cq(cq).poll(batch);
        if (found < 0) {
            throw new IllegalStateException("poll: " + Errno.name(found));
        }
        List<Wc> completions = new ArrayList<>(found);
        for (int i = 0; i < found; i++) {
            completions.add(Wc.of(batch, i));
        }
        return completions;
    }

    @Override
    public List<Wc> await(int cq, int count, long timeoutMs) {
        Deadline deadline = Deadline.after(timeoutMs);
        List<Wc> completions = new ArrayList<>();
        while (completions.size() < count && !deadline.isOver()) {
            List<Wc> some = poll(cq, Math.min(BATCH, count - completions.size()));
            completions.addAll(some);
            if (some.isEmpty()) {
                deadline.pause();
            }
        }
        return completions;
    }

    @Override
    public Drained drain(int cq, int srq, int messages, long timeoutMs) {
        return new Drain(this, cq, srq).run(messages, timeoutMs);
    }

    @Override
    public int repeat(int qp, Send send, int times, long timeoutMs) {
        int cq = cqOf(qp);
        for (int done = 0; done < times; done++) {
            List<Wc> one = post(qp, send) == 0 ? await(cq, 1, timeoutMs) : List.of();
            if (one.isEmpty() || one.get(0).status() != WcStatus.SUCCESS) {
                return done;
            }
        }
        return times;
    }

    @Override
    public int countBySwap(int qp, Sge old, Region counter, int times, long timeoutMs) {
        MemoryRegion memory = objects.values().stream()
                .filter(object -> object instanceof MemoryRegion mr && mr.lkey() == old.lkey())
                .map(MemoryRegion.class::cast)
                .findFirst()
                .orElseThrow();
        int tries = 0;
        long seen = 0;
        for (int done = 0; done < times; tries++) {
            Send swap = Send.compareAndSwap(tries, old, counter, 0, seen, seen + 1);
            if (repeat(qp, swap, 1, timeoutMs) != 1) {
                throw new IllegalStateException("the swap did not complete");
            }
            long found =
                    memory.buffer(old.address() - memory.address(), Long.BYTES).getLong();
            done += found == seen ? 1 : 0;
            seen = found == seen ? seen + 1 : found;
        }
        return tries;
    }

    private int cqOf(int qp) {
        CompletionQueue wanted = qp(qp).sendCq();
        return objects.entrySet().stream()
                .filter(entry -> entry.getValue() == wanted)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    @Override
    public void close(int handle) {
        AutoCloseable object = objects.get(handle);
        if (object != null) {
            closeOne(object);
            objects.remove(handle);
        }
    }

    private static void closeOne(AutoCloseable object) {
        try {
            object.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized void reset() {
        // The latest first: what was made from another object is younger than it.
        List<RuntimeException> failures = new ArrayList<>();
        for (AutoCloseable object : List.copyOf(objects.descendingMap().values())) {
            try {
                closeOne(object);
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
        objects.clear();
        handles.set(0);
        pd = null;
        cm = null;
        forgetAsyncEvents();
        if (!failures.isEmpty()) {
            failures.subList(1, failures.size()).forEach(failures.get(0)::addSuppressed);
            throw failures.get(0);
        }
    }

    private void forgetAsyncEvents() {
        try {
            AsyncEvent event = device.nextAsyncEvent(0);
            while (event != null) {
                event = device.nextAsyncEvent(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        reset();
        device.close();
    }
}
