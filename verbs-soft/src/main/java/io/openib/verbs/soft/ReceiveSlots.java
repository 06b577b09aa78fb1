package io.openib.verbs.soft;

import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a receive queue, as the owner keeps them: what peers read lies in the arena, ids and the user's own memory
 * stay here. A receive into the user's own memory is posted with a bounce slot of the arena in its place.
 */
final class ReceiveSlots {
    /** How a receive ends whose memory went after the message had come. */
    static final int GONE = WcStatus.LOC_PROT_ERR.code();

    private static final int BOUNCE_ALIGN = ArenaLayout.LINE_BYTES;

    private final OwnArena arena;
    private final RegionTable regions;
    private final SoftPd pd;
    private final int maxSge;
    private final int entryBytes;
    private final int slots;
    private final long ringAddress;
    private final ByteBuffer memory;
    private final LongBuffer words;
    private final int start;
    private final long[] wrIds;
    private final int[] sgeCounts;
    private final long[] addresses;
    private final int[] lengths;
    private final int[] keys;
    private final long[] bounces;
    private final int[] bounceBytes;
    private final boolean[] isBounced;

    /** Where a receive of one piece lies, found when it was posted; holds as long as no region was lost since. */
    private final @Nullable ByteBuffer[] places;

    private final int[] placeOffsets;
    private final int[] placeLosses;
    private final Pieces scratch;

    ReceiveSlots(SoftPd pd, OwnArena arena, RegionTable regions, int slots, int maxSge) {
        this.pd = pd;
        this.arena = arena;
        this.regions = regions;
        this.maxSge = maxSge;
        this.slots = slots;
        this.entryBytes = ReceiveEntry.bytes(maxSge);
        this.ringAddress = arena.allocate(slots * entryBytes, ArenaLayout.LINE_BYTES);
        this.memory = arena.memory(Address.segment(ringAddress));
        this.words = Words.of(memory);
        this.start = Address.offset(ringAddress);
        this.wrIds = new long[slots];
        this.sgeCounts = new int[slots];
        this.addresses = new long[slots * maxSge];
        this.lengths = new int[slots * maxSge];
        this.keys = new int[slots * maxSge];
        this.bounces = new long[slots];
        this.bounceBytes = new int[slots];
        this.isBounced = new boolean[slots];
        this.places = new @Nullable ByteBuffer[slots];
        this.placeOffsets = new int[slots];
        this.placeLosses = new int[slots];
        this.scratch = new Pieces(Math.max(1, maxSge));
    }

    int slots() {
        return slots;
    }

    int maxSge() {
        return maxSge;
    }

    int entryBytes() {
        return entryBytes;
    }

    long ringAddress() {
        return ringAddress;
    }

    long wrId(int slot) {
        return wrIds[slot];
    }

    private int offset(int slot) {
        return start + slot * entryBytes;
    }

    /** Writes a request into a slot; it is not visible to peers yet. */
    void write(int slot, SoftRecvWr wr) {
        wrIds[slot] = wr.wrId;
        sgeCounts[slot] = wr.sgeCount;
        if (wr.sgeCount == 1 && !Address.isPrivate(wr.addresses[0])) {
            writeOne(slot, wr.addresses[0], wr.lengths[0], wr.keys[0]);
        } else {
            writeAny(slot, wr);
        }
    }

    /** What most are: in one piece of memory that peers can reach. */
    private void writeOne(int slot, long address, int length, int key) {
        int at = slot * maxSge;
        addresses[at] = address;
        lengths[at] = length;
        keys[at] = key;
        isBounced[slot] = false;
        ReceiveEntry.writeOne(words, offset(slot), address, length, key);
        findPlace(slot);
    }

    private void writeAny(int slot, SoftRecvWr wr) {
        int first = slot * maxSge;
        int total = 0;
        boolean isPrivate = false;
        for (int i = 0; i < wr.sgeCount; i++) {
            addresses[first + i] = wr.addresses[i];
            lengths[first + i] = wr.lengths[i];
            keys[first + i] = wr.keys[i];
            total += wr.lengths[i];
            isPrivate |= Address.isPrivate(wr.addresses[i]);
            ReceiveEntry.writeSge(memory, offset(slot), i, wr.addresses[i], wr.lengths[i], wr.keys[i]);
        }
        ReceiveEntry.write(memory, offset(slot), wr.sgeCount, total);
        // With a key that is not valid it stays as it is, and fails where it is used.
        isBounced[slot] = isPrivate && collect(slot, scratch);
        if (isBounced[slot]) {
            writeBounce(slot, wr.sgeCount, total);
        }
        findPlace(slot);
    }

    private void findPlace(int slot) {
        int lost = regions.lost(); // first: a region that goes afterwards is another loss
        int at = slot * maxSge;
        SoftMr region = sgeCounts[slot] == 1 ? usable(at) : null;
        places[slot] = region == null ? null : region.memory;
        placeOffsets[slot] = region == null ? 0 : region.offsetOf(addresses[at]);
        placeLosses[slot] = lost;
    }

    /** The memory that a receive of one piece fills; null for another, and when it may be gone. */
    private @Nullable ByteBuffer place(int slot) {
        return placeLosses[slot] == regions.lost() ? places[slot] : null;
    }

    private void writeBounce(int slot, int sges, int total) {
        if (bounceBytes[slot] < total) {
            long grown = arena.allocate(total, BOUNCE_ALIGN); // first: without room the old one stays
            if (bounces[slot] != 0) {
                arena.free(bounces[slot], bounceBytes[slot], BOUNCE_ALIGN);
            }
            bounces[slot] = grown;
            bounceBytes[slot] = total;
        }
        long at = bounces[slot];
        for (int i = 0; i < sges; i++) {
            int length = lengths[slot * maxSge + i];
            ReceiveEntry.writeSge(memory, offset(slot), i, at, length, ReceiveEntry.BOUNCE_KEY);
            at += length;
        }
    }

    /** Puts a message that is all in the ring where the receive says; false when the memory is gone. */
    boolean putShort(int slot, InboundRing ring, int offset, int length, Pieces pieces) {
        ByteBuffer place = place(slot);
        if (place == null || length > lengths[slot * maxSge]) {
            return scatter(slot, ring.assemble(offset, length), 0, length, pieces);
        }
        ring.copyShort(offset, length, place, placeOffsets[slot]);
        return true;
    }

    /** Puts a message where the receive says; false when it does not fit, or the memory is gone. */
    boolean scatter(int slot, ByteBuffer from, int fromOffset, int length, Pieces pieces) {
        ByteBuffer place = place(slot);
        if (place != null && length <= lengths[slot * maxSge]) {
            Pieces.copy(from, fromOffset, place, placeOffsets[slot], length);
            return true;
        }
        if (!collect(slot, pieces) || pieces.totalBytes() < length) {
            return false;
        }
        pieces.fillFrom(from, fromOffset, length);
        return true;
    }

    /** How many bytes of a slot's memory can be written: none if some of it cannot. */
    int room(int slot) {
        if (place(slot) != null) {
            return lengths[slot * maxSge];
        }
        return collect(slot, scratch) ? scratch.totalBytes() : 0;
    }

    /** Moves a message that was written into the bounce slot to the user's memory. */
    void unbounce(int slot, int length, Pieces scratch) {
        if (isBounced[slot] && collect(slot, scratch)) {
            scratch.fillFrom(arena.memory(Address.segment(bounces[slot])), Address.offset(bounces[slot]), length);
        }
    }

    boolean isBounced(int slot) {
        return isBounced[slot];
    }

    /** The region of an entry, if it is there and the entry lies in it. */
    private @Nullable SoftMr usable(int at) {
        SoftMr region = regions.find(pd, keys[at]);
        return region != null && region.contains(addresses[at], lengths[at]) && (region.accessBits & 1) != 0
                ? region
                : null;
    }

    private boolean collect(int slot, Pieces pieces) {
        pieces.clear();
        for (int i = 0; i < sgeCounts[slot]; i++) {
            int at = slot * maxSge + i;
            SoftMr region = usable(at);
            if (region == null) {
                return false;
            }
            pieces.add(region.memory, region.offsetOf(addresses[at]), lengths[at]);
        }
        return true;
    }

    void free() {
        for (int slot = 0; slot < slots; slot++) {
            if (bounces[slot] != 0) {
                arena.free(bounces[slot], bounceBytes[slot], BOUNCE_ALIGN);
            }
        }
        arena.free(ringAddress, slots * entryBytes, ArenaLayout.LINE_BYTES);
    }

    /** Checks the form of a request: 0, or a negated errno. */
    static int check(SoftRecvWr wr, int maxSge) {
        if (wr.sgeCount < 0 || wr.sgeCount > maxSge || wr.sgeCount > wr.addresses.length) {
            return -io.openib.verbs.Errno.EINVAL;
        }
        long total = 0;
        for (int i = 0; i < wr.sgeCount; i++) {
            if (wr.lengths[i] < 0) {
                return -io.openib.verbs.Errno.EINVAL;
            }
            total += wr.lengths[i];
        }
        return total > OwnArena.MAX_BYTES ? -io.openib.verbs.Errno.EINVAL : 0;
    }
}
