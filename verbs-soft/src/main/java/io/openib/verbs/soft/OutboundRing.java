package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Completions of this process for one completion queue of a peer: the producer's end. Threads of this process take turns by
 * a flag; another process never waits for it. It grows as long as the peer's queue has room.
 */
sealed class OutboundRing permits WatchedRing {
    static final int FIRST_ENTRIES = 64;
    private static final VarHandle TAKEN;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(OutboundRing.class, "isTaken", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final OwnArena own;
    private final ArenaView target;
    private final ByteBuffer inbox;
    private final int inboxOffset;
    private final ByteBuffer queue;
    private final int queueOffset;
    private final boolean hasChannel;
    private final long use;
    /** What it grows to, as the peer's queue was when that was last looked at. */
    private int mostEntries;

    @SuppressWarnings("UnusedVariable") // through TAKEN
    private boolean isTaken;

    private ByteBuffer ring;
    private LongBuffer words;
    private int ringSegment;
    private int ringOffset;
    private int entries;
    private long firstOfRing;
    private long tail;
    private long consumed;
    private boolean isOverrun;
    private boolean isRetired;
    /** What it has grown out of: addresses and bytes by turns. */
    private final List<Long> outgrown = new ArrayList<>();

    private long[] datagrams = new long[0];
    private int datagramBytes;
    private long datagramsFreed;

    OutboundRing(OwnArena own, ArenaView target, long inboxAddress) {
        this.own = own;
        this.target = target;
        this.inbox = target.memory(Address.segment(inboxAddress));
        this.inboxOffset = Address.offset(inboxAddress);
        long queueAddress = Words.getLongAcquire(inbox, inboxOffset + Inbox.QUEUE);
        this.queue = target.memory(Address.segment(queueAddress));
        this.queueOffset = Address.offset(queueAddress);
        this.use = Words.getLongAcquire(inbox, inboxOffset + Inbox.USE);
        this.hasChannel = Words.getIntAcquire(queue, queueOffset + Inbox.Armed.HAS_CHANNEL) != 0;
        this.mostEntries = mostEntriesNow();
        this.entries = FIRST_ENTRIES;
        this.tail = Words.getLongAcquire(inbox, inboxOffset + Inbox.CONSUMED);
        this.consumed = tail;
        this.firstOfRing = tail;
        long address = own.allocate(entries * Completion.BYTES, ArenaLayout.LINE_BYTES);
        this.ring = own.memory(Address.segment(address));
        this.words = Words.of(ring);
        this.ringSegment = Address.segment(address);
        this.ringOffset = Address.offset(address);
        own.lend(ringSegment, target);
        Words.putInt(inbox, inboxOffset + Inbox.RING_ENTRIES, entries);
        Words.putLongRelease(inbox, inboxOffset + Inbox.RING, address);
    }

    /** Whether the inbox is still the one that this ring was made for: memory of closed queues is used again. */
    boolean isCurrent() {
        return Words.getLongAcquire(inbox, inboxOffset + Inbox.USE) == use;
    }

    /** Gives the memory back, when the inbox is gone. */
    void free() {
        for (int i = 0; i < outgrown.size(); i += 2) {
            own.free(outgrown.get(i), Math.toIntExact(outgrown.get(i + 1)), ArenaLayout.LINE_BYTES);
        }
        outgrown.clear();
        own.free(Address.of(ringSegment, ringOffset), entries * Completion.BYTES, ArenaLayout.LINE_BYTES);
    }

    /** Gives all its memory back: the peer is dead. A datagram that comes too late finds it retired. */
    void retire() {
        take();
        try {
            isRetired = true;
            for (long datagram : datagrams) {
                if (datagram != 0) {
                    own.free(datagram, datagramBytes, ArenaLayout.LINE_BYTES);
                }
            }
            datagrams = new long[0];
            free();
        } finally {
            giveBack();
        }
    }

    /** Whether the peer's queue has overrun. */
    boolean isOverrun() {
        return isOverrun;
    }

    /** Whether nothing can be put into it any more; the caller has taken it. */
    boolean isRetired() {
        return isRetired;
    }

    void take() {
        while (!TAKEN.compareAndSet(this, false, true)) {
            Thread.onSpinWait();
        }
    }

    void giveBack() {
        TAKEN.setRelease(this, false);
    }

    /**
     * Where the next completion is to be written; the caller has {@linkplain #take() taken} the ring.
     *
     * @return the offset in {@link #memory()}, or -1 when the peer's queue has overrun
     */
    int reserve() {
        return hasRoom(1, entries - 1) || makeRoom() ? offsetOf(tail) : -1;
    }

    /** Whether so many lines more make no more than that. The last line is kept for the link to a larger ring, or for the news of an overrun. */
    private boolean hasRoom(int lines, int most) {
        if (tail - consumed + lines <= most) {
            return true;
        }
        consumed = Words.getLongAcquire(inbox, inboxOffset + Inbox.CONSUMED);
        return tail - consumed + lines <= most;
    }

    ByteBuffer memory() {
        return ring;
    }

    private int offsetOf(long position) {
        return ringOffset + ((int) (position - firstOfRing) & entries - 1) * Completion.BYTES;
    }

    /** Makes the completion at the reserved offset visible. */
    void publish() {
        Words.putLongRelease(ring, offsetOf(tail) + Completion.SEQUENCE, tail + 1);
        tail++;
    }

    /**
     * Has what came last come once more: its receiver drops it.
     *
     * @return false when the ring is too full for what nobody needs
     */
    boolean repeat() {
        consumed = Words.getLongAcquire(inbox, inboxOffset + Inbox.CONSUMED);
        if (tail - consumed >= entries / 2) {
            return false;
        }
        putSpecial(Completion.KIND_REPEATED, 0, 0);
        return true;
    }

    /**
     * Puts a message that is all in the ring, and makes it visible; the caller has {@linkplain #take() taken} the ring. All of
     * it at once: this is most of what a short message costs.
     *
     * @param route see {@link Completion#shortRoute}
     * @param length of the message, at most {@link Completion#MAX_SHORT}
     * @return false when there is no room; nothing has happened then
     */
    boolean putShort(long route, ByteBuffer message, int messageOffset, int length) {
        int lines = Completion.lines(length);
        if (!hasRoomForShort(lines)) {
            return false;
        }
        int at = offsetOf(tail);
        pass(FaultPoint.SHORT_BEGUN);
        Completion.putShort(words, at, route, message, messageOffset, length);
        finishShort(at, lines, message, messageOffset, length);
        return true;
    }

    /** The same of eight bytes and what follows them. */
    boolean putShort(long route, long head, ByteBuffer data, int dataOffset, int dataLength) {
        int length = Long.BYTES + dataLength;
        int lines = Completion.lines(length);
        if (!hasRoomForShort(lines)) {
            return false;
        }
        int at = offsetOf(tail);
        pass(FaultPoint.SHORT_BEGUN);
        Completion.putShort(words, at, route, head, data, dataOffset, dataLength);
        finishShort(at, lines, data, dataOffset - Long.BYTES, length);
        return true;
    }

    private boolean hasRoomForShort(int lines) {
        return hasRoom(lines, lines == 1 ? entries - 1 : mostForLongOnes());
    }

    private void finishShort(int at, int lines, ByteBuffer message, int messageOffset, int length) {
        for (int i = 1; i < lines; i++) {
            pass(FaultPoint.SHORT_SPLIT);
            int from = messageOffset + Completion.bytesBefore(i);
            int to = Completion.further(offsetOf(tail + i));
            Pieces.copy(message, from, ring, to, Completion.bytesIn(i, length));
        }
        pass(FaultPoint.SHORT_FILLED);
        Words.putLongRelease(words, at >> 3, tail + 1);
        tail += lines;
        pass(FaultPoint.SHORT_PUBLISHED);
    }

    /**
     * A step of a short message is done. Where no fault point is set, no class overrides this, and the compiler leaves nothing of it.
     */
    void pass(FaultPoint point) {}

    /** Half of what the ring may grow to, so that messages of several lines leave one for each completion that the queue holds. */
    private int mostForLongOnes() {
        return Math.min(entries - 1, mostEntries / 2);
    }

    private int mostEntriesNow() {
        int most = Math.max(FIRST_ENTRIES, Words.getIntAcquire(queue, queueOffset + Inbox.Armed.ENTRIES));
        return Integer.highestOneBit(most - 1) * 4;
    }

    private boolean makeRoom() {
        if (isOverrun) {
            return false;
        }
        mostEntries = mostEntriesNow(); // the peer may have resized its queue
        if (entries >= mostEntries) {
            isOverrun = true;
            putSpecial(Completion.KIND_OVERRUN, 0, 0);
            target.ring(
                    Doorbell.message(Doorbell.OVERRUN, Words.getIntAcquire(queue, queueOffset + Inbox.Armed.NUMBER)));
            return false;
        }
        grow();
        return true;
    }

    private void grow() {
        int more = entries * 4;
        long address = own.allocate(more * Completion.BYTES, ArenaLayout.LINE_BYTES);
        own.lend(Address.segment(address), target);
        putSpecial(Completion.KIND_LINK, address, more);
        outgrown.add(Address.of(ringSegment, ringOffset));
        outgrown.add((long) entries * Completion.BYTES);
        ring = own.memory(Address.segment(address));
        words = Words.of(ring);
        ringSegment = Address.segment(address);
        ringOffset = Address.offset(address);
        entries = more;
        firstOfRing = tail;
        long[] copy = new long[datagrams.length == 0 ? 0 : more];
        for (long position = datagramsFreed; copy.length > 0 && position < tail; position++) {
            copy[(int) position & more - 1] = datagrams[(int) position & datagrams.length - 1];
        }
        datagrams = copy;
    }

    private void putSpecial(int kind, long address, long detail) {
        int offset = offsetOf(tail);
        Completion.fill(ring, offset, 0, Completion.what(0, 0, kind, 0), 0, 0, 0, 0);
        Words.putLong(ring, offset + Completion.PAYLOAD, address);
        Words.putLong(ring, offset + Completion.PAYLOAD + Long.BYTES, detail);
        publish();
    }

    /** Remembers a datagram's memory until the peer has consumed the completion that is about to be published. */
    void keepDatagram(long address, int bytes) {
        datagramBytes = bytes;
        if (datagrams.length == 0) {
            datagrams = new long[entries];
            datagramsFreed = tail;
        }
        datagrams[(int) tail & datagrams.length - 1] = address;
    }

    /** Gives back datagrams that the peer has consumed. */
    void freeDatagrams(int bytesEach) {
        if (datagrams.length == 0) {
            return;
        }
        consumed = Words.getLongAcquire(inbox, inboxOffset + Inbox.CONSUMED);
        for (; datagramsFreed < consumed; datagramsFreed++) {
            int index = (int) datagramsFreed & datagrams.length - 1;
            if (datagrams[index] != 0) {
                own.free(datagrams[index], bytesEach, ArenaLayout.LINE_BYTES);
                datagrams[index] = 0;
            }
        }
    }

    /** Wakes the peer when its queue was armed for such a completion. */
    void notifyOwner(boolean isSolicited) {
        if (!hasChannel) {
            return;
        }
        VarHandle.fullFence();
        int armed = Words.getIntAcquire(queue, queueOffset + Inbox.Armed.ARMED);
        if (armed == Inbox.Armed.ANY || (armed == Inbox.Armed.SOLICITED && isSolicited)) {
            SoftCounters.count(SoftCounter.DOORBELLS);
            target.ring(Doorbell.message(
                    Doorbell.COMPLETION, Words.getIntAcquire(queue, queueOffset + Inbox.Armed.NUMBER)));
        }
    }
}
