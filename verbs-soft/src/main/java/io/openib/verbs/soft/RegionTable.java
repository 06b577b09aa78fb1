package io.openib.verbs.soft;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.WcStatus;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.Table;
import io.openib.verbs.soft.arena.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The memory regions of this process by key: objects for itself, entries in the arena for peers. */
final class RegionTable {
    private final OwnArena arena;
    private final IndexPool indices = new IndexPool(Table.CAPACITY);
    private final byte[] uses = new byte[Table.CAPACITY];
    private volatile @Nullable SoftMr[] regions = new SoftMr[64];
    private volatile int lost;

    RegionTable(OwnArena arena) {
        this.arena = arena;
    }

    /** Enters memory of the arena; the entry is what peers see. */
    synchronized SoftMr add(SoftPd pd, long address, int bytes, Set<AccessFlag> access) {
        int key = newKey();
        ByteBuffer memory = arena.memory(Address.segment(address));
        return enter(new SoftMr(pd, key, address, bytes, access, memory, Address.offset(address)));
    }

    /** Enters the user's memory, which has an address of no meaning to peers. */
    synchronized SoftMr addPrivate(SoftPd pd, ByteBuffer user, Set<AccessFlag> access) {
        int key = newKey();
        long address = Address.PRIVATE | (long) MrContext.index(key) << 32;
        return enter(new SoftMr(
                pd, key, address, user.remaining(), access, user.slice().order(ByteOrder.nativeOrder()), 0));
    }

    private int newKey() {
        int index = indices.take();
        if (index < 0) {
            throw new NoRoomException("all " + Table.CAPACITY + " memory regions of this process are in use");
        }
        makeEntry(index);
        return index << 8 | (++uses[index] & 0xff);
    }

    private void makeEntry(int index) {
        try {
            Table.ensure(arena, ArenaLayout.MR_TABLE_OFFSET, MrContext.BYTES, index);
        } catch (RuntimeException | Error e) {
            indices.giveBack(index);
            throw e;
        }
    }

    private SoftMr enter(SoftMr region) {
        int index = MrContext.index(region.key);
        long entry = Table.entry(arena, ArenaLayout.MR_TABLE_OFFSET, MrContext.BYTES, index);
        ByteBuffer memory = arena.memory(Address.segment(entry));
        int offset = Address.offset(entry);
        Words.putLong(memory, offset + MrContext.ADDRESS, region.address);
        Words.putLong(memory, offset + MrContext.LENGTH, region.lengthBytes);
        Words.putInt(memory, offset + MrContext.DOMAIN, region.pd.number());
        Words.putLongRelease(memory, offset + MrContext.WORD, MrContext.word(region.accessBits, region.key));
        @Nullable SoftMr[] grown = regions.clone();
        if (index >= grown.length) {
            grown = java.util.Arrays.copyOf(grown, Integer.highestOneBit(index) * 2);
        }
        grown[index] = region;
        regions = grown;
        return region;
    }

    /** Makes the keys of a region invalid. Operations that are under way are the caller's business. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // under this lock alone
    synchronized boolean withdraw(SoftMr region) {
        int index = MrContext.index(region.key);
        @Nullable SoftMr[] shrunk = regions.clone();
        if (shrunk[index] != region) {
            return false;
        }
        shrunk[index] = null;
        regions = shrunk;
        long entry = Table.entry(arena, ArenaLayout.MR_TABLE_OFFSET, MrContext.BYTES, index);
        Words.putLongVolatile(arena.memory(Address.segment(entry)), Address.offset(entry) + MrContext.WORD, 0);
        lost++;
        Words.putIntVolatile(arena.memory(0), ArenaLayout.REGIONS_LOST_OFFSET, lost);
        return true;
    }

    /** How many regions were withdrawn, ever; counted after the region cannot be found any more. Any thread. */
    int lost() {
        return lost;
    }

    /** Gives the index of a withdrawn region back. */
    synchronized void release(SoftMr region) {
        indices.giveBack(MrContext.index(region.key));
    }

    /** The region that this key opens for a domain; null when it opens none. */
    @Nullable
    SoftMr find(SoftPd pd, int key) {
        @Nullable SoftMr[] known = regions;
        int index = MrContext.index(key);
        if (index >= known.length) {
            return null;
        }
        SoftMr region = known[index];
        return region != null && region.key == key && region.pd == pd ? region : null;
    }

    /** The region of a domain that these bytes lie in, whatever its key: for inline sends. */
    @Nullable
    SoftMr findByAddress(SoftPd pd, long address, int length) {
        for (SoftMr region : regions) {
            if (region != null && region.pd == pd && region.contains(address, length)) {
                return region;
            }
        }
        return null;
    }

    /**
     * Turns a gather or scatter list into pieces.
     *
     * @return a code of {@link WcStatus}
     */
    int collect(SoftPd pd, SoftSendWr wr, boolean isWritten, Pieces pieces) {
        ByteBuffer inline = wr.inlineData;
        if (inline != null) {
            pieces.setOnly(wr.assembleInline(inline), 0, wr.messageBytes());
            return 0;
        }
        if (wr.sgeCount == 1 && wr.lengths[0] > 0) {
            SoftMr region = find(pd, wr.keys[0]);
            if (region != null
                    && region.contains(wr.addresses[0], wr.lengths[0])
                    && (!isWritten || (region.accessBits & 1) != 0)) {
                pieces.setOnly(region.memory, region.offsetOf(wr.addresses[0]), wr.lengths[0]);
                return 0;
            }
        }
        pieces.clear();
        long total = 0;
        for (int i = 0; i < wr.sgeCount; i++) {
            int length = wr.lengths[i];
            if (length == 0) {
                continue;
            }
            long address = wr.addresses[i];
            SoftMr region = find(pd, wr.keys[i]);
            if (wr.isInline() && (region == null || !region.contains(address, length))) {
                region = findByAddress(pd, address, length); // the key of inline data does not count
            }
            total += length;
            if (region == null
                    || !region.contains(address, length)
                    || (isWritten && (region.accessBits & 1) == 0)
                    || length < 0) {
                return PROTECTION;
            }
            if (total > OwnArena.MAX_BYTES) {
                return LENGTH;
            }
            pieces.add(region.memory, region.offsetOf(address), length);
        }
        return 0;
    }

    private static final int PROTECTION = WcStatus.LOC_PROT_ERR.code();
    private static final int LENGTH = WcStatus.LOC_LEN_ERR.code();
}
