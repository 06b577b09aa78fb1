package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/** Completions of one producing process for a completion queue of this one: the owner's end, used by who polls. */
final class InboundRing {
    private static final VarHandle HEAD;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(InboundRing.class, "head", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final PeerDirectory peers;
    private final long inboxAddress;
    private final boolean isForDatagrams;
    private final ByteBuffer inbox;
    private final LongBuffer inboxWords;
    private final int inboxOffset;
    private volatile @Nullable ArenaView producer;
    private volatile @Nullable Stretch stretch;
    private @Nullable ByteBuffer ring;
    private @Nullable LongBuffer words;
    private int ringOffset;
    private int entries;
    private long firstOfRing;
    private long head;
    private long told;
    private @Nullable ByteBuffer assembled;

    /** Where it goes on, or begins, as long as that is not mapped; else 0. */
    private long missing;

    /** A ring as others than the poller see it: where it lies, and the position of its first entry. */
    private static final class Stretch {
        final ByteBuffer memory;
        final LongBuffer words;
        final int offset;
        final int entries;
        final long first;

        Stretch(ByteBuffer memory, int offset, int entries, long first) {
            this.memory = memory;
            this.words = Words.of(memory);
            this.offset = offset;
            this.entries = entries;
            this.first = first;
        }

        int at(long position) {
            return offset + ((int) (position - first) & entries - 1) * Completion.BYTES;
        }
    }

    /** Takes completions that nobody has taken off yet. */
    interface UnreadVisitor {
        void visit(long route, long detail);
    }

    InboundRing(OwnArena own, PeerDirectory peers, long inboxAddress, boolean isForDatagrams) {
        this.peers = peers;
        this.isForDatagrams = isForDatagrams;
        this.inboxAddress = inboxAddress;
        this.inbox = own.memory(Address.segment(inboxAddress));
        this.inboxWords = Words.of(inbox);
        this.inboxOffset = Address.offset(inboxAddress);
        this.head = Words.getLong(inbox, inboxOffset + Inbox.CONSUMED);
    }

    long inboxAddress() {
        return inboxAddress;
    }

    /** Whether its inbox is one of a directory. */
    boolean isForDatagrams() {
        return isForDatagrams;
    }

    long producerId() {
        return Words.getLongAcquire(inbox, inboxOffset + Inbox.PRODUCER);
    }

    /**
     * The offset of the next completion in {@link #memory()}.
     *
     * @return -1 when there is none
     */
    int next() {
        LongBuffer memory = words;
        if (memory == null) {
            return attach() ? next() : -1;
        }
        int offset = offsetOf(head);
        return Words.getLongAcquire(memory, offset >> 3) == head + 1 ? offset : -1;
    }

    /** What a completion says, see {@link Completion#route}. */
    long route(int offset) {
        return Completion.route(words(), offset);
    }

    /** See {@link Completion#size}. */
    long size(int offset) {
        return Completion.size(words(), offset);
    }

    /** See {@link Completion#detail}. */
    long detail(int offset) {
        return Completion.detail(words(), offset);
    }

    private LongBuffer words() {
        return java.util.Objects.requireNonNull(words);
    }

    ByteBuffer memory() {
        return java.util.Objects.requireNonNull(ring);
    }

    /** The arena that datagrams lie in. */
    @Nullable
    ArenaView producer() {
        return producer;
    }

    /** Goes on behind a completion of so many lines; the producer learns of it with {@link #tell}. */
    void advance(int lines) {
        HEAD.setRelease(this, head + lines);
    }

    /** Puts the message of a {@link Completion#KIND_SHORT}, the next completion, into a memory. */
    void copyShort(int offset, int length, ByteBuffer to, int toOffset) {
        Completion.getShort(words(), offset, to, toOffset, length);
        int lines = Completion.lines(length);
        for (int i = 1; i < lines; i++) {
            int from = Completion.further(offsetOf(head + i));
            Pieces.copy(memory(), from, to, toOffset + Completion.bytesBefore(i), Completion.bytesIn(i, length));
        }
    }

    /** The same in memory of its own, for who needs it in one piece; good until the next call. */
    ByteBuffer assemble(int offset, int length) {
        ByteBuffer whole = assembled;
        if (whole == null) {
            whole = ByteBuffer.allocateDirect(Completion.MAX_SHORT);
            assembled = whole;
        }
        copyShort(offset, length, whole, 0);
        return whole;
    }

    private int offsetOf(long position) {
        return ringOffset + ((int) (position - firstOfRing) & entries - 1) * Completion.BYTES;
    }

    /** Tells the producer how far this side has come: once a quarter of the ring, or when asked to. */
    void tell(boolean isUrgent) {
        if (head != told && (isUrgent || head - told >= entries >>> 2)) {
            told = head;
            Words.putLongRelease(inboxWords, (inboxOffset + Inbox.CONSUMED) >> 3, head);
        }
    }

    /** Goes on in the ring that a link names; false when that cannot be mapped just now. */
    boolean follow(int offset) {
        ByteBuffer memory = memory();
        long address = Words.getLong(memory, offset + Completion.PAYLOAD);
        int more = (int) Words.getLong(memory, offset + Completion.PAYLOAD + Long.BYTES);
        if (!enter(address, more, head + 1)) {
            return false;
        }
        advance(1);
        tell(true);
        return true;
    }

    /** Whether what is shown could not be mapped when it was last to be. By who polls. */
    boolean isMissing() {
        return missing != 0;
    }

    /** Whether something may stand there that nobody can read any more; asked when the producer is dead. By who polls. */
    boolean isLost() {
        ArenaView arena = missing == 0 ? null : peers.producer(producerId());
        return arena != null && arena.isLost(Address.segment(missing));
    }

    /**
     * Shows the completions of receives that wait. For any thread, when the producer is dead; one that is being taken off
     * meanwhile may be among them or not.
     */
    void forEachUnread(UnreadVisitor visitor) {
        Stretch now;
        long position;
        do {
            // The poller enters a stretch before it moves on to its first entry.
            now = stretch;
            position = (long) HEAD.getAcquire(this);
        } while (now != stretch);
        now = now == null ? firstStretch(position) : now;
        if (now != null) {
            visit(now, Math.max(position, now.first), visitor);
        }
    }

    private void visit(Stretch from, long first, UnreadVisitor visitor) {
        Stretch now = from;
        long position = first;
        while (now != null && Words.getLongAcquire(now.words, now.at(position) >> 3) == position + 1) {
            int offset = now.at(position);
            long route = Completion.route(now.words, offset);
            position++;
            switch (Completion.kind(route)) {
                case Completion.KIND_RECEIVE -> visitor.visit(route, Completion.detail(now.words, offset));
                case Completion.KIND_SHORT -> position += Completion.lines(Completion.shortLength(route)) - 1;
                case Completion.KIND_LINK -> now = linked(now.memory, offset, position);
                default -> {
                    // No receive of a shared queue is claimed by it.
                }
            }
        }
    }

    private boolean attach() {
        long address = Words.getLongAcquire(inbox, inboxOffset + Inbox.RING);
        return address != 0 && enter(address, Words.getInt(inbox, inboxOffset + Inbox.RING_ENTRIES), head);
    }

    private boolean enter(long address, int count, long first) {
        Stretch entered = find(address, count, first);
        missing = entered == null ? address : 0;
        if (entered == null) {
            return false;
        }
        stretch = entered;
        ring = entered.memory;
        words = entered.words;
        ringOffset = Address.offset(address);
        entries = count;
        firstOfRing = first;
        return true;
    }

    private @Nullable Stretch firstStretch(long first) {
        long address = Words.getLongAcquire(inbox, inboxOffset + Inbox.RING);
        return address == 0 ? null : find(address, Words.getInt(inbox, inboxOffset + Inbox.RING_ENTRIES), first);
    }

    private @Nullable Stretch linked(ByteBuffer memory, int link, long first) {
        long address = Words.getLong(memory, link + Completion.PAYLOAD);
        return find(address, (int) Words.getLong(memory, link + Completion.PAYLOAD + Long.BYTES), first);
    }

    private @Nullable Stretch find(long address, int count, long first) {
        ArenaView known = producer;
        ArenaView arena = known == null ? peers.producer(producerId()) : known;
        producer = arena;
        ByteBuffer memory = arena == null ? null : arena.segment(Address.segment(address));
        return memory == null ? null : new Stretch(memory, Address.offset(address), count, first);
    }
}
