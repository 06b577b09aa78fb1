package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.SegmentGoneException;
import io.openib.verbs.soft.arena.Table;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The peer of a reliable connection as this side sees it: where its context, receives and completions lie, and what was
 * last seen of them. Used by whoever runs the queue pair's sends, between the begin and the end of an operation.
 */
final class RcTarget {
    private final SoftAdapter adapter;
    private final Requester requester;
    private final long arenaId;
    private final int number;
    private @Nullable ArenaView arena;
    /** Written last of what {@link #find} finds, since any thread may be the one that does and any may use it. */
    private volatile @Nullable ByteBuffer context;

    private int contextOffset;
    private @Nullable ByteBuffer header;

    /** The same as words, for who runs the sends alone. */
    private @Nullable LongBuffer contextWords;

    private @Nullable LongBuffer headerWords;
    private long validWord;

    /** The life of the peer that an earlier life of the requester was bound to, which counts as no answer; 0 for none. */
    private final int formerEpoch;

    private int boundEpoch;
    private int tag;
    private long shortRoute;
    private int peerMtuBytes;
    private int maxDestRdAtomic;
    private @Nullable PeerRegions regions;
    private @Nullable OutboundRing completions;
    private @Nullable SharedReceives shared;
    private @Nullable ByteBuffer receives;
    private int receivesOffset;
    private int receivesMask;
    private int entryBytes;
    private long nextReceive;
    private long seenPosted;
    private long vouchedFrom;
    private int vouchedBytes;

    /** Port and regions of the peer while it vouches: up, and none lost since. */
    private long vouchedHeader;

    /** The receive that {@link #takeReceive(int, Pieces)} found. */
    private @Nullable ByteBuffer entry;

    private int entryOffset;
    private int sharedIndex;

    RcTarget(SoftAdapter adapter, Requester requester, long arenaId, int number, int formerEpoch) {
        this.adapter = adapter;
        this.requester = requester;
        this.arenaId = arenaId;
        this.number = number;
        this.formerEpoch = formerEpoch;
    }

    /** The arena that it is in. */
    long arenaId() {
        return arenaId;
    }

    /** The target queue pair. */
    int number() {
        return number;
    }

    /** By which its completions name it, in the life that this side is connected to. */
    int tag() {
        return tag;
    }

    ArenaView arena() {
        return java.util.Objects.requireNonNull(arena);
    }

    /** What the peer permits now; it may change while it is connected. */
    int accessBits() {
        return Words.getInt(java.util.Objects.requireNonNull(context), contextOffset + QpContext.ACCESS);
    }

    int maxDestRdAtomic() {
        return maxDestRdAtomic;
    }

    OutboundRing completions() {
        return java.util.Objects.requireNonNull(completions);
    }

    /** The claimed receive of a shared queue, or -1. */
    int sharedIndex() {
        return sharedIndex;
    }

    /** The life of it that this side is bound to; 0 as long as it has not answered. */
    int epoch() {
        return boundEpoch;
    }

    /** The code that the peer wants this side to wait by when it is not ready. */
    int minRnrTimer() {
        ByteBuffer shown = find();
        return shown == null ? 0 : Words.getInt(shown, contextOffset + QpContext.MIN_RNR_TIMER);
    }

    boolean isAlive() {
        ArenaView view = arena;
        return view == null || view.isAlive();
    }

    /** The peer's own operation sequence; even when there is no such queue pair, or the peer is dead. */
    long operation() {
        ByteBuffer shown = find();
        if (shown == null || QpContext.number(Words.getLongAcquire(shown, contextOffset + QpContext.WORD)) != number) {
            return 0;
        }
        return Words.getLongAcquire(shown, contextOffset + QpContext.OPERATION);
    }

    /** The failure that the peer says this side is responsible for, or 0. */
    int faultOf(int ownEpoch) {
        ByteBuffer shown = find();
        if (shown == null) {
            return 0;
        }
        long fault = Words.getLongAcquire(shown, contextOffset + QpContext.FAULT);
        boolean isOurs = QpContext.number(Words.getLongAcquire(shown, contextOffset + QpContext.WORD)) == number
                && Words.getInt(shown, contextOffset + QpContext.PEER_NUMBER) == requester.number()
                && Words.getLong(shown, contextOffset + QpContext.PEER_ARENA) == requester.arenaId();
        return isOurs && (int) (fault >>> 8) == ownEpoch ? (int) fault & 0xff : 0;
    }

    /**
     * Maps the peer's context, if there is one: by it alone can be told whether the peer is at work on this process's memory.
     *
     * @throws NoRoomException when the peer lives, but cannot be mapped just now
     */
    void map() {
        boolean isFound = find() != null;
        boolean isNone = arena == null && adapter.peers().find(arenaId) != null;
        if (!isFound && !isNone && adapter.peers().isAlive(arenaId)) {
            throw new NoRoomException("the peer's memory cannot be mapped just now");
        }
    }

    private @Nullable ByteBuffer find() {
        if (context == null) {
            ArenaView view = adapter.peers().find(arenaId);
            long at = view == null
                    ? 0
                    : Table.entry(view, ArenaLayout.QP_TABLE_OFFSET, QpContext.BYTES, QueuePairTable.index(number));
            if (view != null && at != 0) {
                arena = view;
                header = view.memory(0);
                contextOffset = Address.offset(at);
                context = view.segment(Address.segment(at));
            }
        }
        return context;
    }

    /** Whether the peer would answer a message of so many bytes now. */
    boolean answers(int messageBytes) {
        ByteBuffer shown = context;
        if (shown == null) {
            shown = find();
            if (shown == null) {
                return false;
            }
        }
        long word = Words.getLongAcquire(shown, contextOffset + QpContext.WORD);
        if (word != validWord && !revalidate(shown, word)) {
            return false;
        }
        boolean isPathBroken = peerMtuBytes != 0 && messageBytes > peerMtuBytes;
        return !isPathBroken
                && !arena().isKnownDead()
                && Words.getIntAcquire(java.util.Objects.requireNonNull(header), ArenaLayout.PORT_ACTIVE_OFFSET) != 0;
    }

    /** Why there was no answer to a message: the first thing that stands against one now. */
    Silence silence() {
        ByteBuffer shown = find();
        if (shown == null) {
            return arena == null ? Silence.NO_ARENA : Silence.NOT_RECEIVING;
        }
        if (!arena().isAlive()) {
            return Silence.DEAD;
        }
        if (Words.getIntAcquire(java.util.Objects.requireNonNull(header), ArenaLayout.PORT_ACTIVE_OFFSET) == 0) {
            return Silence.PORT_DOWN;
        }
        long word = Words.getLongAcquire(shown, contextOffset + QpContext.WORD);
        if (!QpContext.isReceiving(word) || QpContext.number(word) != number) {
            return Silence.NOT_RECEIVING;
        }
        if (!isConnectedToUs(shown)) {
            return Silence.ANOTHER_PEER;
        }
        if (Words.getInt(shown, contextOffset + QpContext.RQ_PSN) != requester.sqPsn()) {
            return Silence.ANOTHER_PSN;
        }
        if (!isOfThisLife(word)) {
            return Silence.ANOTHER_LIFE;
        }
        if (!isSeen(shown)) {
            return Silence.UNSEEN;
        }
        if (!PeerDirectory.isAttached(arena())) {
            return Silence.CROWDED;
        }
        if (completions != null && completions.isOverrun()) {
            return Silence.OVERRUN;
        }
        return peerMtuBytes == 0 ? Silence.NONE : Silence.PATH_MTU;
    }

    private boolean isConnectedToUs(ByteBuffer shown) {
        return Words.getInt(shown, contextOffset + QpContext.TYPE) == 2
                && Words.getInt(shown, contextOffset + QpContext.PEER_NUMBER) == requester.number()
                && Words.getLong(shown, contextOffset + QpContext.PEER_ARENA) == requester.arenaId();
    }

    /** Whether the peer's life is the one that this life of the requester is bound to, or may be bound to. */
    private boolean isOfThisLife(long word) {
        int epoch = QpContext.epoch(word);
        return boundEpoch == 0 ? epoch != formerEpoch : epoch == boundEpoch;
    }

    /**
     * Whether the peer reads what this process completes there. One that has not found this process's arena has no inbox for it, or
     * one of its own, for what comes by the wire.
     */
    private boolean isSeen(ByteBuffer shown) {
        long inbox = Words.getLong(shown, contextOffset + QpContext.INBOX);
        if (inbox == 0) {
            return false;
        }
        ByteBuffer memory = arena().segment(Address.segment(inbox));
        // Where it cannot be mapped just now nobody can tell.
        return memory == null || Words.getLongAcquire(memory, Address.offset(inbox) + Inbox.PRODUCER) == adapter.id();
    }

    private boolean revalidate(ByteBuffer shown, long word) {
        boolean isOurs = QpContext.isReceiving(word)
                && QpContext.number(word) == number
                && isConnectedToUs(shown)
                && Words.getInt(shown, contextOffset + QpContext.RQ_PSN) == requester.sqPsn();
        if (!isOurs || !isOfThisLife(word) || !isSeen(shown)) {
            return false;
        }
        // Without a number at the owner this process could not say which shared receive it has claimed.
        if (!PeerDirectory.isAttached(arena())) {
            return false;
        }
        if (boundEpoch == 0 ? !bind(shown, word) : !isStill(shown, word)) {
            return false;
        }
        validWord = word;
        return true;
    }

    /** Whether the context is still of that word, so that what was read of it since is. */
    private boolean isStill(ByteBuffer shown, long word) {
        VarHandle.acquireFence();
        return Words.getLong(shown, contextOffset + QpContext.WORD) == word;
    }

    /** Takes over how the peer is reached; false, and nothing is made, when it has changed meanwhile. */
    private boolean bind(ByteBuffer shown, long word) {
        ArenaView view = arena();
        contextWords = Words.of(shown);
        headerWords = Words.of(view.memory(0));
        tag = QpContext.tag(QpContext.epoch(word), number);
        shortRoute = Completion.shortRoute(tag);
        int peerMtu = Words.getInt(shown, contextOffset + QpContext.PATH_MTU);
        int ownMtu = requester.pathMtuCode();
        peerMtuBytes = peerMtu == ownMtu ? 0 : 128 << Math.min(peerMtu, ownMtu);
        maxDestRdAtomic = Words.getInt(shown, contextOffset + QpContext.MAX_DEST_RD_ATOMIC);
        regions = new PeerRegions(view, Words.getInt(shown, contextOffset + QpContext.DOMAIN));
        long inbox = Words.getLong(shown, contextOffset + QpContext.INBOX);
        long srq = Words.getLong(shown, contextOffset + QpContext.SRQ);
        long ring = Words.getLong(shown, contextOffset + QpContext.RQ_RING);
        readReceives(shown, ring);
        if (!isStill(shown, word)) {
            return false;
        }
        completions = adapter.rings().forConnection(view, inbox);
        shared = srq == 0 ? null : new SharedReceives(adapter, view, srq);
        receives = srq == 0 ? view.memory(Address.segment(ring)) : null;
        boundEpoch = QpContext.epoch(word); // last, so that it is all begun anew when memory is missing
        return true;
    }

    private void readReceives(ByteBuffer shown, long ring) {
        receivesOffset = Address.offset(ring);
        receivesMask = Words.getInt(shown, contextOffset + QpContext.RQ_ENTRIES) - 1;
        entryBytes = Words.getInt(shown, contextOffset + QpContext.RQ_ENTRY_BYTES);
        nextReceive = Words.getLong(shown, contextOffset + QpContext.RQ_BASE);
        seenPosted = nextReceive;
    }

    /** Takes the next receive without a look at it, if its owner vouches that it has room for so much. */
    boolean takeVouchedFor(int length) {
        if (nextReceive == seenPosted && (shared != null || !seesMorePosted())) {
            return false;
        }
        if (!isVouchedFor(length)) {
            return false;
        }
        sharedIndex = -1;
        nextReceive++;
        return true;
    }

    private boolean isVouchedFor(int length) {
        LongBuffer shown = headerWords;
        return nextReceive >= vouchedFrom
                && length <= vouchedBytes
                && shown != null
                && shown.get(ArenaLayout.PORT_ACTIVE_OFFSET >> 3) == vouchedHeader;
    }

    /** Where short messages go, null as long as none can be sent by {@link #sendShort}. */
    @Nullable
    OutboundRing shortWay() {
        return shared == null && peerMtuBytes == 0 ? completions : null;
    }

    /**
     * Sends a message that is all in the peer's ring, if nothing stands in the way: the peer answers as when it was last looked
     * at, vouches for the next receive, and has room for the completion. Between the begin and the end of an operation, as
     * all of this; the fence of its begin comes before the words that are read here.
     *
     * @param ring the {@link #shortWay()}, taken
     * @return false when something does; nothing has happened then
     */
    boolean sendShort(OutboundRing ring, ByteBuffer message, int messageOffset, int length) {
        boolean isSent = isOpen(length) && ring.putShort(shortRoute, message, messageOffset, length);
        nextReceive += isSent ? 1 : 0;
        return isSent;
    }

    /** The same of eight bytes and what follows them. */
    boolean sendShort(OutboundRing ring, long head, ByteBuffer data, int dataOffset, int length) {
        boolean isSent = isOpen(Long.BYTES + length) && ring.putShort(shortRoute, head, data, dataOffset, length);
        nextReceive += isSent ? 1 : 0;
        return isSent;
    }

    private boolean isOpen(int length) {
        LongBuffer shown = contextWords;
        return shown != null
                && shown.get((contextOffset + QpContext.WORD) >> 3) == validWord
                && !arena().isKnownDead()
                && (nextReceive != seenPosted || seesMorePosted())
                && isVouchedFor(length);
    }

    private boolean seesMorePosted() {
        ByteBuffer shown = java.util.Objects.requireNonNull(context);
        seenPosted = Words.getLongAcquire(shown, contextOffset + QpContext.RQ_POSTED);
        // In the order opposite to the owner's, so that never old positions are vouched for by a new count.
        vouchedHeader = Words.pair(1, Words.getIntAcquire(shown, contextOffset + QpContext.RQ_VOUCHED_REGIONS));
        vouchedBytes = Words.getIntAcquire(shown, contextOffset + QpContext.RQ_VOUCHED_BYTES);
        vouchedFrom = Words.getLongAcquire(shown, contextOffset + QpContext.RQ_VOUCHED_FROM);
        return nextReceive != seenPosted;
    }

    /** Takes the receive that the next message completes without a look at it; false when none is posted. */
    boolean takeReceive() {
        SharedReceives srq = shared;
        if (srq != null) {
            sharedIndex = srq.claim();
            return sharedIndex >= 0;
        }
        boolean isPosted = hasOwnReceive();
        nextReceive += isPosted ? 1 : 0;
        return isPosted;
    }

    private boolean hasOwnReceive() {
        sharedIndex = -1;
        return nextReceive != seenPosted || seesMorePosted();
    }

    /**
     * Takes the receive that the next message goes into, and finds the memory that it names. It is found first: where it cannot
     * be mapped just now nothing is taken, so that the attempts that follow find the same receive.
     *
     * @return {@link Outcome#NOT_READY} when none is posted, else 0 or the status that the receiver's completion has
     * @throws SegmentGoneException when memory is missing
     */
    int takeReceive(int length, Pieces into) {
        SharedReceives srq = shared;
        if (srq != null) {
            return claimReceive(srq, length, into);
        }
        if (!hasOwnReceive()) {
            return Outcome.NOT_READY;
        }
        entry = receives;
        entryOffset = receivesOffset + ((int) nextReceive & receivesMask) * entryBytes;
        int status = findPlace(length, into);
        nextReceive++;
        return status;
    }

    private int claimReceive(SharedReceives srq, int length, Pieces into) {
        entry = srq.entries();
        for (long word = srq.oldest(); word != SharedReceives.NONE; word = srq.oldest()) {
            sharedIndex = SharedReceives.index(word);
            entryOffset = srq.entryOffset(sharedIndex);
            int status;
            try {
                status = findPlace(length, into);
            } catch (SegmentGoneException e) {
                if (srq.oldest() == word) {
                    throw e;
                }
                continue; // another's by now, and what was read of it perhaps none
            }
            if (srq.claim(word)) {
                return status;
            }
        }
        return Outcome.NOT_READY;
    }

    private int findPlace(int length, Pieces into) {
        boolean isFit = length <= ReceiveEntry.total(java.util.Objects.requireNonNull(entry), entryOffset);
        return isFit ? scatterList(into) : WcStatus.LOC_LEN_ERR.code();
    }

    /**
     * Finds the memory that the taken receive names.
     *
     * @return 0, or the status that the receiver's completion has: LOC_PROT_ERR
     * @throws SegmentGoneException when it names some, but that is missing
     */
    int scatterList(Pieces into) {
        into.clear();
        ByteBuffer list = java.util.Objects.requireNonNull(entry);
        int count = ReceiveEntry.count(list, entryOffset);
        for (int i = 0; i < count; i++) {
            int length = ReceiveEntry.length(list, entryOffset, i);
            if (length == 0) {
                continue;
            }
            long address = ReceiveEntry.address(list, entryOffset, i);
            int key = ReceiveEntry.key(list, entryOffset, i);
            ByteBuffer memory = key == ReceiveEntry.BOUNCE_KEY
                    ? arena().memory(Address.segment(address))
                    : regions().open(key, address, length, AccessFlag.LOCAL_WRITE.bit());
            if (memory == null) {
                return WcStatus.LOC_PROT_ERR.code();
            }
            into.add(memory, Address.offset(address), length);
        }
        return 0;
    }

    /**
     * The memory that a remote key opens.
     *
     * @return null when it opens none for this access
     * @throws SegmentGoneException when it opens some, but that is missing
     */
    @Nullable
    ByteBuffer remote(int key, long address, int length, int accessBit) {
        return (accessBits() & accessBit) == 0 ? null : regions().open(key, address, length, accessBit);
    }

    private PeerRegions regions() {
        return java.util.Objects.requireNonNull(regions);
    }
}
