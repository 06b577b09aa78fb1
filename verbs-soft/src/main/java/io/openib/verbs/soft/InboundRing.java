package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Completions of one producing process for a completion queue of this one: the owner's end, used by who polls. */
final class InboundRing {
    private final PeerDirectory peers;
    private final long inboxAddress;
    private final ByteBuffer inbox;
    private final int inboxOffset;
    private @Nullable ArenaView producer;
    private @Nullable ByteBuffer ring;
    private int ringOffset;
    private int entries;
    private long firstOfRing;
    private long head;
    private long told;

    InboundRing(OwnArena own, PeerDirectory peers, long inboxAddress) {
        this.peers = peers;
        this.inboxAddress = inboxAddress;
        this.inbox = own.memory(Address.segment(inboxAddress));
        this.inboxOffset = Address.offset(inboxAddress);
        this.head = Words.getLong(inbox, inboxOffset + Inbox.CONSUMED);
    }

    long inboxAddress() {
        return inboxAddress;
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
        ByteBuffer memory = ring;
        if (memory == null) {
            return attach() ? next() : -1;
        }
        int offset = ringOffset + ((int) (head - firstOfRing) & entries - 1) * Completion.BYTES;
        return Words.getLongAcquire(memory, offset + Completion.SEQUENCE) == head + 1 ? offset : -1;
    }

    ByteBuffer memory() {
        return java.util.Objects.requireNonNull(ring);
    }

    /** The arena that datagrams lie in. */
    @Nullable
    ArenaView producer() {
        return producer;
    }

    /** Goes on to the next completion; the producer learns of it with {@link #tell}. */
    void advance() {
        head++;
    }

    /** Tells the producer how far this side has come: once a quarter of the ring, or when asked to. */
    void tell(boolean isUrgent) {
        if (head != told && (isUrgent || head - told >= entries >>> 2)) {
            told = head;
            Words.putLongRelease(inbox, inboxOffset + Inbox.CONSUMED, head);
        }
    }

    /** Goes on in the ring that a link names. */
    void follow(int offset) {
        ByteBuffer memory = memory();
        long address = Words.getLong(memory, offset + Completion.PAYLOAD);
        int more = (int) Words.getLong(memory, offset + Completion.PAYLOAD + Long.BYTES);
        head++;
        enter(address, more);
        tell(true);
    }

    private boolean attach() {
        long address = Words.getLongAcquire(inbox, inboxOffset + Inbox.RING);
        return address != 0 && enter(address, Words.getInt(inbox, inboxOffset + Inbox.RING_ENTRIES));
    }

    private boolean enter(long address, int count) {
        ArenaView arena = producer == null ? peers.find(producerId()) : producer;
        producer = arena;
        ring = arena == null ? null : arena.segment(Address.segment(address));
        ringOffset = Address.offset(address);
        entries = count;
        firstOfRing = head;
        return ring != null;
    }
}
