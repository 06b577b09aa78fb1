package io.openib.verbs.soft;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.RecvWorkRequest;
import io.openib.verbs.SharedReceiveQueue;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.Attachments;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;

/**
 * A shared receive queue, the owner's side. Indices of the pool that are free lie on a stack; posting and completing take
 * turns by this object's lock, which no peer ever holds.
 */
final class SoftSrq implements SharedReceiveQueue, RaisesEvents {
    private static final int FREE = -1;

    private final SoftPd pd;
    private final int maxWr;
    private final ReceiveSlots slots;
    private final long shownAddress;
    private final ByteBuffer shown;
    private final int offset;
    private final long ringAddress;
    private final ByteBuffer ring;
    private final int ringOffset;
    private final int mask;
    private final int number;
    private final int[] freeStack;
    /** Who has claimed what is posted, by arena: numbers are given again. */
    private final long[] claimers;

    private final boolean[] isPosted;
    private final int[] postedAt;
    private final AtomicInteger queuePairs = new AtomicInteger();
    /** Where its receives complete, or did. Each knows of it as well, and who goes first has the other forget it. */
    private final Set<SoftCq> receiveCqs = ConcurrentHashMap.newKeySet();

    private int freeCount;
    private long posted;
    private volatile int limit;
    private volatile boolean isClosed;

    SoftSrq(SoftPd pd, int maxWr, int maxSge) {
        this.pd = pd;
        this.maxWr = maxWr;
        int entries = Math.max(2, Integer.highestOneBit(maxWr - 1) * 2);
        SoftAdapter adapter = pd.adapter();
        OwnArena arena = adapter.arena();
        this.mask = entries - 1;
        this.slots = new ReceiveSlots(pd, arena, adapter.regions(), entries, Math.max(1, maxSge));
        this.ringAddress = allocate(arena, entries * Long.BYTES, slots::free);
        this.ring = arena.memory(Address.segment(ringAddress));
        this.ringOffset = Address.offset(ringAddress);
        this.shownAddress = allocate(arena, SharedReceives.BYTES, () -> freeRing(arena));
        this.shown = arena.memory(Address.segment(shownAddress));
        this.offset = Address.offset(shownAddress);
        this.freeStack = new int[entries];
        this.claimers = new long[entries];
        this.isPosted = new boolean[entries];
        this.postedAt = new int[entries];
        for (int index = entries - 1; index >= 0; index--) {
            freeStack[freeCount++] = index;
            // No position is below zero, so no word of an empty ring looks posted.
            Words.putLong(ring, ringOffset + index * Long.BYTES, FREE);
        }
        this.number = adapter.enter(this); // from here on the device thread may look at it
        Words.putInt(shown, offset + SharedReceives.ENTRIES, entries);
        Words.putLong(shown, offset + SharedReceives.POOL, slots.ringAddress());
        Words.putInt(shown, offset + SharedReceives.ENTRY_BYTES, slots.entryBytes());
        Words.putInt(shown, offset + SharedReceives.NUMBER, number);
        Words.putLongRelease(shown, offset + SharedReceives.RING, ringAddress);
    }

    private static long allocate(OwnArena arena, int bytes, Runnable undo) {
        try {
            return arena.allocate(bytes, ArenaLayout.LINE_BYTES);
        } catch (RuntimeException | Error e) {
            undo.run();
            throw e;
        }
    }

    private void freeRing(OwnArena arena) {
        arena.free(ringAddress, (mask + 1) * Long.BYTES, ArenaLayout.LINE_BYTES);
        slots.free();
    }

    @Override
    public boolean isClosed() {
        return isClosed;
    }

    long shownAddress() {
        return shownAddress;
    }

    ReceiveSlots slots() {
        return slots;
    }

    @Override
    public ProtectionDomain protectionDomain() {
        return pd;
    }

    @Override
    public int maxWr() {
        return maxWr;
    }

    @Override
    public int maxSge() {
        return slots.maxSge();
    }

    @Override
    public void armLimit(int receives) {
        if (receives < 0 || receives > maxWr) {
            throw pd.refused("ibv_modify_srq", "a limit of " + receives + " is not within 0 to " + maxWr);
        }
        limit = receives;
        Words.putIntVolatile(shown, offset + SharedReceives.LIMIT, receives);
        onLimit();
    }

    @Override
    public int limit() {
        return limit;
    }

    /** Looks whether fewer receives than the limit are left; raises the event once if so. */
    void onLimit() {
        synchronized (this) {
            long left = posted - Words.getLongVolatile(shown, offset + SharedReceives.NEXT);
            if (isClosed || limit == 0 || left >= limit) {
                return;
            }
            limit = 0;
            Words.putIntVolatile(shown, offset + SharedReceives.LIMIT, 0);
        }
        pd.softDevice().raise(new AsyncEvent(AsyncEventType.SRQ_LIMIT_REACHED, this, 0));
    }

    @Override
    public RecvWorkRequest newRecvRequest(int sges) {
        if (sges < 0 || sges > slots.maxSge()) {
            throw new IllegalArgumentException(sges + " entries, but the queue takes at most " + slots.maxSge());
        }
        return new SoftRecvWr(sges);
    }

    @Override
    public int post(RecvWorkRequest request) {
        SoftRecvWr wr = (SoftRecvWr) request;
        int problem = ReceiveSlots.check(wr, slots.maxSge());
        if (problem != 0) {
            return problem;
        }
        synchronized (this) {
            if (freeCount == 0 || freeStack.length - freeCount >= maxWr) {
                return -Errno.ENOMEM;
            }
            int index = freeStack[--freeCount];
            slots.write(index, wr);
            publish(index);
        }
        return 0;
    }

    private void publish(int index) {
        int at = ringOffset + ((int) posted & mask) * Long.BYTES;
        keepClaim(Words.getLongVolatile(ring, at));
        claimers[index] = 0;
        isPosted[index] = true;
        postedAt[index] = (int) posted;
        passOver(posted - freeStack.length);
        Words.putLongRelease(ring, at, SharedReceives.word(posted, index, 0));
        posted++;
        Words.putLongRelease(shown, offset + SharedReceives.POSTED, posted);
    }

    /**
     * The word of a position is about to be written over, so that it was claimed. The next to claim still is that one when its
     * claimer died before it moved on and nobody has come since: who comes later could not tell any more.
     */
    private void passOver(long position) {
        if (position >= 0) {
            Words.compareAndSetLong(shown, offset + SharedReceives.NEXT, position, position + 1);
        }
    }

    /** Remembers who has claimed a receive before the word that says so is written over. */
    private void keepClaim(long word) {
        int index = SharedReceives.index(word);
        // An older word of an index that was completed and posted again since says nothing any more.
        boolean isOfNow = word != FREE && claimers[index] == 0 && postedAt[index] == (int) (word >>> 32);
        int claimer = isOfNow ? SharedReceives.claimer(word) : 0;
        if (claimer != 0) {
            OwnArena arena = pd.adapter().arena();
            claimers[index] = claimer == PeerDirectory.SELF ? arena.id() : Attachments.idOf(arena, claimer);
        }
    }

    @Override
    public int postChain(RecvWorkRequest[] wrs, int n) {
        for (int i = 0; i < n; i++) {
            int result = post(wrs[i]);
            if (result < 0) {
                return i == 0 ? result : i;
            }
        }
        return n;
    }

    /** Takes the oldest receive for a datagram, if it was among the first {@code postedThen}; -1 when there is none. */
    int claimForDatagram(long postedThen) {
        if (Words.getLongVolatile(shown, offset + SharedReceives.NEXT) >= postedThen) {
            return -1;
        }
        return new SharedReceives(pd.adapter(), pd.adapter().arena(), shownAddress).claim();
    }

    /** Gives the slot of a completed receive back. */
    synchronized void complete(int index) {
        isPosted[index] = false;
        claimers[index] = 0;
        freeStack[freeCount++] = index;
    }

    /** Posts a receive again whose completion nobody will see: its queue pair was closed before. */
    synchronized void postAgain(int index) {
        if (!isClosed) {
            publish(index);
        }
    }

    /**
     * Posts the receives again that a dead process claimed and never completed. A completion that waits unread, in whatever
     * completion queue, still has its receive: its poller holds it until it has called {@link #complete}, which waits.
     *
     * @param isDead whether the process of an arena is dead, by its id
     */
    synchronized void takeBack(LongPredicate isDead) {
        if (isClosed) {
            return;
        }
        Set<Long> dead = new HashSet<>();
        BitSet lost = claimedByDead(isDead, dead);
        if (!lost.isEmpty()) {
            receiveCqs.forEach(queue -> queue.leaveOutUnread(this, dead, lost));
            lost.stream().forEach(this::publish);
        }
    }

    private BitSet claimedByDead(LongPredicate isDead, Set<Long> dead) {
        for (long position = Math.max(0, posted - mask - 1); position < posted; position++) {
            keepClaim(Words.getLongVolatile(ring, ringOffset + ((int) position & mask) * Long.BYTES));
        }
        Set<Long> living = new HashSet<>(Set.of(pd.adapter().id()));
        BitSet lost = new BitSet(claimers.length);
        for (int index = 0; index < claimers.length; index++) {
            long claimer = claimers[index];
            if (isPosted[index] && claimer != 0 && !living.contains(claimer)) {
                if (dead.contains(claimer) || isDead.test(claimer)) {
                    dead.add(claimer);
                    lost.set(index);
                } else {
                    living.add(claimer);
                }
            }
        }
        return lost;
    }

    void attach(SoftCq receiveCq) {
        queuePairs.incrementAndGet();
        if (receiveCqs.add(receiveCq)) {
            receiveCq.serve(this);
        }
    }

    /** Nothing of it is left unread there: the completion queue is gone. */
    void forget(SoftCq receiveCq) {
        receiveCqs.remove(receiveCq);
    }

    void detach() {
        queuePairs.decrementAndGet();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            if (queuePairs.get() > 0) {
                throw new VerbsException(
                        "ibv_destroy_srq",
                        pd.softDevice().place(),
                        Errno.EBUSY,
                        queuePairs.get() + " queue pairs still use it");
            }
            isClosed = true;
        }
        SoftAdapter adapter = pd.adapter();
        pd.softDevice().forgetEvents(this);
        adapter.leave(number);
        pd.forget(this);
        GracePeriod.end(adapter, qp -> qp.srq == this, () -> giveBack(adapter.arena()));
    }

    /** It is closed, and no live peer is in the midst of an operation on a queue pair that used it. */
    private void giveBack(OwnArena arena) {
        receiveCqs.forEach(queue -> queue.forget(this));
        arena.free(shownAddress, SharedReceives.BYTES, ArenaLayout.LINE_BYTES);
        freeRing(arena);
    }
}
