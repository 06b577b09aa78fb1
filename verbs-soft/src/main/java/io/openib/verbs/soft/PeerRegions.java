package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Table;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The regions of one domain of a peer. Used between the begin and the end of an operation, which their owner waits for. */
final class PeerRegions {
    private final ArenaView arena;
    private final int domain;

    PeerRegions(ArenaView arena, int domain) {
        this.arena = arena;
        this.domain = domain;
    }

    /**
     * The memory that a key opens. Whether it does is asked first, since memory that is missing here is no fault of the peer's.
     *
     * @param accessBit of {@link io.openib.verbs.AccessFlag}
     * @return null when the key opens none, or not so much, for this access
     * @throws io.openib.verbs.soft.arena.SegmentGoneException when it opens some, but that cannot be mapped just now
     */
    @Nullable
    ByteBuffer open(int key, long address, int length, int accessBit) {
        return isOpen(key, address, length, accessBit) ? arena.memory(Address.segment(address)) : null;
    }

    private boolean isOpen(int key, long address, int length, int accessBit) {
        long at = Table.entry(arena, ArenaLayout.MR_TABLE_OFFSET, MrContext.BYTES, MrContext.index(key));
        if (at == 0) {
            return false;
        }
        ByteBuffer memory = arena.memory(Address.segment(at));
        int offset = Address.offset(at);
        long word = Words.getLongAcquire(memory, offset + MrContext.WORD);
        boolean isOpen = MrContext.key(word) == key
                && (MrContext.access(word) & accessBit) != 0
                && Words.getInt(memory, offset + MrContext.DOMAIN) == domain
                && contains(memory, offset, address, length);
        VarHandle.acquireFence();
        return isOpen && Words.getLong(memory, offset + MrContext.WORD) == word; // else what was read may be another's
    }

    private static boolean contains(ByteBuffer memory, int offset, long address, long length) {
        long start = address - Words.getLong(memory, offset + MrContext.ADDRESS);
        return start >= 0 && start <= Words.getLong(memory, offset + MrContext.LENGTH) - length;
    }
}
