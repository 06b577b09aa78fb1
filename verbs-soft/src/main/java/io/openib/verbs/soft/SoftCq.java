package io.openib.verbs.soft;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A completion queue: one ring for what this process causes itself, and one for each process that completes receives here.
 * The rings of peers are read before the own one whenever a queue pair is being flushed, so that what has arrived comes
 * before what is flushed.
 */
final class SoftCq implements CompletionQueue, RaisesEvents {
    /** So many rings are looked at one after the other; of more, the last fruitful one before each further so many. */
    private static final int RINGS_AT_ONCE = 8;

    private static final int IN_FAILURE = -Errno.EIO;
    private static final String RESIZE = "ibv_resize_cq";

    private final SoftDevice device;
    private final @Nullable SoftChannel channel;
    private final OwnCompletions own;
    private final Delivery delivery = new Delivery();
    private final QueuePairTable queuePairTable;
    private final int number;
    private final long shownAddress;
    private final ByteBuffer shown;
    private final int shownOffset;
    private final AtomicInteger queuePairs = new AtomicInteger();
    private final Pieces scratch = new Pieces(QpLimits.MAX_SGE);
    private final InboundRings inbound;
    private final Set<SoftQp> watched = ConcurrentHashMap.newKeySet();
    private final Set<SoftSrq> served = ConcurrentHashMap.newKeySet();
    private final Flushes flushes = new Flushes(this::watch);
    private volatile int cqe;
    private volatile boolean isFailed;
    private volatile boolean isClosed;
    private volatile boolean isGone;
    private int nextRing;
    private int lastRing;

    /** Whom the last completion was for, until it is closed. Of who polls; whether it is still the right one is asked each time. */
    private @Nullable SoftQp lastFound;

    SoftCq(SoftDevice device, int cqe, @Nullable SoftChannel channel) {
        this.device = device;
        this.cqe = cqe;
        this.channel = channel;
        this.own = new OwnCompletions(cqe);
        SoftAdapter adapter = device.adapter();
        this.queuePairTable = adapter.queuePairs();
        this.shownAddress = adapter.arena().allocate(Inbox.Armed.BYTES, ArenaLayout.LINE_BYTES);
        this.shown = adapter.arena().memory(Address.segment(shownAddress));
        this.shownOffset = Address.offset(shownAddress);
        this.inbound = new InboundRings(adapter, shownAddress);
        this.number = adapter.enter(this);
        Words.putInt(shown, shownOffset + Inbox.Armed.HAS_CHANNEL, channel == null ? 0 : 1);
        Words.putInt(shown, shownOffset + Inbox.Armed.ENTRIES, cqe);
        Words.putIntRelease(shown, shownOffset + Inbox.Armed.NUMBER, number);
        if (channel != null) {
            channel.attach();
        }
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int cqe() {
        return cqe;
    }

    /** It never becomes smaller. Peers read of the new size before they would overrun the old one. */
    @Override
    public void resize(int entries) {
        if (isClosed) {
            throw new VerbsException(RESIZE, device.place(), Errno.EINVAL, "it was closed before");
        }
        if (entries < 1 || entries > QpLimits.MAX_CQE) {
            throw new VerbsException(
                    RESIZE, device.place(), Errno.EINVAL, entries + " entries is not within 1 to " + QpLimits.MAX_CQE);
        }
        if (entries > cqe) {
            own.resize(entries);
            Words.putIntRelease(shown, shownOffset + Inbox.Armed.ENTRIES, entries);
            cqe = entries;
        }
    }

    @Override
    public @Nullable CompletionChannel channel() {
        return channel;
    }

    @Override
    public WorkCompletions newCompletions(int capacity) {
        return new SoftCompletions(capacity);
    }

    @Override
    public int poll(WorkCompletions into) {
        SoftCompletions batch = (SoftCompletions) into;
        batch.clear();
        if (isFailed) {
            return IN_FAILURE;
        }
        boolean isFlushing = flushes.isAny();
        if (isFlushing) {
            flushes.begin();
        }
        inbound.takeNew(); // first, so that this poll finds what came by an inbox that was never read
        InboundRing[] all = inbound.all();
        boolean isRead;
        try {
            isRead = readRings(all, batch, isFlushing);
        } finally {
            delivery.end();
        }
        if (isFlushing && isRead) {
            inbound.takeNew(); // what came by one that is new now is not lost with a sender who has gone since
            flushes.settle(device.adapter().peers());
            letDepart(all);
        }
        if (!batch.isFull()) {
            own.drain(batch);
        }
        return isFailed ? IN_FAILURE : batch.count();
    }

    private void letDepart(InboundRing[] read) {
        Reaper reaper = device.adapter().reaper();
        for (long producerId : flushes.departedNoted()) {
            flushes.settled(producerId); // before the look: a queue pair that ends after it leads here again
            if (inbound.hasLost(producerId)) {
                queuePairTable.failConnected(producerId, this);
            }
            if (inbound.isMissing(producerId)) {
                flushes.depart(producerId);
            } else if (!reaper.isConnected(producerId)) {
                if (inbound.removeOf(producerId, read)) {
                    reaper.lookAt(producerId);
                } else {
                    flushes.depart(producerId);
                }
            }
        }
    }

    /** Says whether what was read of the rings, each of them if it must be, was read as far as it can be. */
    private boolean readRings(InboundRing[] all, SoftCompletions batch, boolean isEach) {
        boolean isRead = true;
        if (!isEach && all.length > RINGS_AT_ONCE) {
            pollMany(all, batch);
            return isRead;
        }
        for (InboundRing ring : all) {
            isRead &= drain(ring, batch);
        }
        return isRead;
    }

    /**
     * Reads rings until some of them have something: only a poll that has looked at each may find nothing. The ring that had
     * something last is looked at again and again, since what comes next is likely to come from there.
     */
    private void pollMany(InboundRing[] all, SoftCompletions batch) {
        for (int looked = 0; looked < all.length && batch.count() == 0; looked += RINGS_AT_ONCE) {
            if (lastRing < all.length) {
                drain(all[lastRing], batch);
            }
            for (int i = 0; i < RINGS_AT_ONCE && !batch.isFull(); i++) {
                nextRing = nextRing + 1 < all.length ? nextRing + 1 : 0;
                int before = batch.count();
                drain(all[nextRing], batch);
                if (batch.count() > before) {
                    lastRing = nextRing;
                }
            }
        }
    }

    /** Says whether the ring was read as far as it can be, also if that is just what fills the batch. */
    private boolean drain(InboundRing ring, SoftCompletions batch) {
        int offset;
        while (!batch.isFull() && (offset = ring.next()) >= 0) {
            delivery.begin();
            long route = ring.route(offset);
            switch (Completion.kind(route)) {
                case Completion.KIND_SHORT -> {
                    if (find(Completion.tag(route)) instanceof RcQp qp) {
                        qp.receiveShort(ring, offset, route, batch, scratch);
                    }
                    ring.advance(Completion.lines(Completion.shortLength(route)));
                }
                case Completion.KIND_RECEIVE, Completion.KIND_DATAGRAM -> {
                    long detail = ring.detail(offset);
                    SoftQp qp = find(Completion.tag(route));
                    if (qp != null) {
                        qp.receive(ring, offset, route, detail, batch, scratch);
                    } else {
                        drop(route, Completion.index(detail));
                    }
                    ring.advance(1);
                }
                case Completion.KIND_LINK -> {
                    if (!ring.follow(offset)) {
                        // A later poll may find it; with its process all that stands there has gone.
                        return !device.adapter().peers().isAlive(ring.producerId());
                    }
                }
                case Completion.KIND_REPEATED -> {
                    SoftCounters.count(SoftCounter.DROPPED_DUPLICATES);
                    ring.advance(1);
                }
                default -> {
                    ring.advance(1);
                    fail();
                    return true;
                }
            }
        }
        boolean isAtEnd = !batch.isFull() || ring.next() < 0;
        // An idle ring is told at once, so that its producer knows what is free before it has to grow.
        ring.tell(isAtEnd);
        return isAtEnd;
    }

    /** The queue pair that a completion names: as a rule that of the one before. */
    private @Nullable SoftQp find(int tag) {
        SoftQp last = lastFound;
        if (last != null && last.tag() == tag && !last.isClosed()) {
            return last;
        }
        SoftQp found = queuePairTable.findTagged(tag);
        lastFound = found;
        return found;
    }

    /** Drops what came for a queue pair that was closed or reset since: a shared receive that it claimed is posted again. */
    private void drop(long route, int index) {
        if (Completion.kind(route) == Completion.KIND_DATAGRAM) {
            SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
            return;
        }
        SoftSrq srq = srqOf(route);
        if (srq != null) {
            srq.postAgain(index);
        }
    }

    /** What polls deliver: who takes away what they look at waits for it. */
    Delivery delivery() {
        return delivery;
    }

    /** A queue pair is about to close: the shared receives that its unseen completions and its dead peer hold are posted again. */
    void retire(SoftQp qp) {
        if (qp.srq != null) {
            flushes.retire(qp);
        }
    }

    /** It has closed, and no peer is at work on it any more. */
    void release(SoftQp qp) {
        flushes.release(qp);
    }

    /**
     * Leaves those receives of a shared queue out of {@code indices} whose completions wait here unread. For any thread, when
     * the producers are dead.
     */
    void leaveOutUnread(SoftSrq srq, Set<Long> producers, BitSet indices) {
        for (InboundRing ring : inbound.all()) {
            if (producers.contains(ring.producerId())) {
                ring.forEachUnread((route, detail) -> {
                    if (srqOf(route) == srq) {
                        indices.clear(Completion.index(detail));
                    }
                });
            }
        }
    }

    private @Nullable SoftSrq srqOf(long route) {
        int qpNumber = QpContext.numberOf(Completion.tag(route));
        SoftSrq retired = flushes.srqOfRetired(qpNumber);
        SoftQp qp = retired == null ? queuePairTable.find(qpNumber) : null;
        return qp == null ? retired : qp.srq;
    }

    @Override
    public boolean isClosed() {
        return isClosed;
    }

    /**
     * A process is dead: the polls that follow give its inbox back once they have read everything in it. It may have completed
     * something and died before it could ring. The device thread, under no lock.
     */
    void depart(long producerId) {
        if (inbound.isOf(producerId)) {
            flushes.depart(producerId);
            VarHandle.fullFence();
            notifyOwn(true);
        }
    }

    /** Whether a process has an inbox here. */
    boolean hasRingOf(long producerId) {
        return inbound.isOf(producerId);
    }

    /** From now on polls flush the receives of a queue pair, after what has arrived. */
    void beginFlush(SoftQp qp) {
        flushes.add(qp);
        VarHandle.fullFence();
        notifyOwn(true);
    }

    /** A poll flushes nothing while the peer is at work: who has armed the queue for it is woken when that has ended. */
    private void watch(SoftQp qp) {
        if (channel != null && watched.add(qp)) {
            device.adapter().deviceThread().later(() -> wakeWhenQuiet(qp));
        }
    }

    private boolean wakeWhenQuiet(SoftQp qp) {
        if (flushes.has(qp) && qp.isPeerBusy()) {
            return false;
        }
        watched.remove(qp); // first, so that a poll that comes too late to be woken has it watched anew
        notifyOwn(true);
        return true;
    }

    /** Adds a completion of this process's own making. */
    void addOwn(SoftQp qp, long wrId, int status, int opcode, int length, long sendSlot) {
        if (!own.add(qp, wrId, status, opcode, length, sendSlot)) {
            fail();
        }
        if (channel != null) {
            VarHandle.fullFence();
            notifyOwn(status != 0);
        }
    }

    private void notifyOwn(boolean isSolicited) {
        int armed = Words.getIntAcquire(shown, shownOffset + Inbox.Armed.ARMED);
        if (armed == Inbox.Armed.ANY || (armed == Inbox.Armed.SOLICITED && isSolicited)) {
            onArmedCompletion();
        }
    }

    /** A completion came that the queue was armed for: one event, and it is not armed any more. */
    void onArmedCompletion() {
        SoftChannel events = channel;
        if (events == null || isClosed) {
            return;
        }
        synchronized (own) {
            if (Words.getIntAcquire(shown, shownOffset + Inbox.Armed.ARMED) == 0) {
                return;
            }
            Words.putIntVolatile(shown, shownOffset + Inbox.Armed.ARMED, 0);
        }
        events.add(this);
    }

    @Override
    public int requestNotify(boolean isSolicitedOnly) {
        if (channel == null) {
            return -Errno.EINVAL;
        }
        synchronized (own) {
            int now = Words.getIntAcquire(shown, shownOffset + Inbox.Armed.ARMED);
            int wanted = isSolicitedOnly && now != Inbox.Armed.ANY ? Inbox.Armed.SOLICITED : Inbox.Armed.ANY;
            Words.putIntVolatile(shown, shownOffset + Inbox.Armed.ARMED, wanted);
        }
        // The poll that follows reads positions with acquire only, which a volatile store alone does not come before.
        VarHandle.fullFence();
        return 0;
    }

    /** There was no room for a completion. One event tells of it, whoever else meets it at the same time. */
    void fail() {
        synchronized (own) {
            if (isFailed) {
                return;
            }
            isFailed = true;
        }
        device.raise(new AsyncEvent(AsyncEventType.CQ_ERR, this, 0));
    }

    /** The inbox through which a process completes receives here; the same for all its queue pairs. */
    long inboxFor(long producerId) {
        return inbound.inboxFor(producerId);
    }

    /** The directory through which any process may send datagrams to queue pairs of this queue. */
    long datagramDirectory() {
        return inbound.datagramDirectory();
    }

    void attach() {
        queuePairs.incrementAndGet();
    }

    /** Receives of a shared queue complete here from now on. */
    void serve(SoftSrq srq) {
        served.add(srq);
    }

    /** It is gone. */
    void forget(SoftSrq srq) {
        served.remove(srq);
    }

    void detach(SoftQp qp) {
        own.forget(qp);
        flushes.remove(qp);
        lastFound = null;
        queuePairs.decrementAndGet();
    }

    /** Takes what a queue pair has completed here out: it was reset. */
    void forget(SoftQp qp) {
        flushes.remove(qp); // waits for a poll that flushes it
        own.forget(qp);
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        if (queuePairs.get() > 0) {
            throw new VerbsException(
                    "ibv_destroy_cq", device.place(), Errno.EBUSY, queuePairs.get() + " queue pairs still use it");
        }
        isClosed = true;
        device.forgetEvents(this);
        device.forget(this);
        if (channel != null) {
            channel.detach(this);
        }
        GracePeriod.end(device.adapter(), qp -> qp.recvCq == this, this::giveBack);
    }

    /** It is closed, and no live peer is in the midst of an operation on a queue pair that used it. */
    private void giveBack() {
        flushes.releaseAll();
        if (flushes.isAny()) {
            // No queue pair is left to take a completion: it only posts again what closed ones held of shared queues.
            poll(new SoftCompletions(1));
        }
        isGone = true;
        served.forEach(srq -> srq.forget(this));
        device.adapter().leave(number);
        long[] producers =
                Arrays.stream(inbound.all()).mapToLong(InboundRing::producerId).toArray();
        inbound.free();
        for (long producerId : producers) {
            device.adapter().reaper().lookAt(producerId);
        }
    }

    /** Whether polls have more to do than take completions. */
    boolean isSettling() {
        return flushes.isAny();
    }

    /** Whether nothing can be left unread in it: it is closed, and peers have let go of it. */
    boolean isGone() {
        return isGone;
    }
}
