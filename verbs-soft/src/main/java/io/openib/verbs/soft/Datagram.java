package io.openib.verbs.soft;

import io.openib.verbs.WcFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.Table;
import io.openib.verbs.soft.arena.Words;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A datagram on its way into a receiver's inbox: the bytes stay in this process's arena until the receiver has taken them.
 * Reused; one thread at a time.
 */
final class Datagram {
    private final SoftAdapter adapter;
    private @Nullable ByteBuffer grh;
    private @Nullable Pieces message;
    private int fromNumber;
    private int toNumber;
    private int toTag;
    private int qkey;
    private int wcFlags;
    private int immediate;
    private boolean isSolicited;

    Datagram(SoftAdapter adapter) {
        this.adapter = adapter;
    }

    /** What is sent: a route header of 40 bytes, and the message. */
    void from(int number, ByteBuffer routeHeader, Pieces bytes, boolean hasImmediate, int immediateData) {
        fromNumber = number;
        grh = routeHeader;
        message = bytes;
        wcFlags = WcFlag.GRH | (hasImmediate ? WcFlag.WITH_IMM : 0);
        immediate = immediateData;
    }

    /** Where to, and with which Q_Key. */
    void to(int number, int key, boolean isSolicitedEvent) {
        toNumber = number;
        qkey = key;
        isSolicited = isSolicitedEvent;
    }

    /** Puts it into the receiver's inbox; false when nobody there takes it. */
    boolean deliver(ArenaView arena) {
        long at = Table.entry(arena, ArenaLayout.QP_TABLE_OFFSET, QpContext.BYTES, QueuePairTable.index(toNumber));
        if (at == 0) {
            return false;
        }
        ByteBuffer context = arena.memory(Address.segment(at));
        int offset = Address.offset(at);
        long word = Words.getLongAcquire(context, offset + QpContext.WORD);
        boolean isTaken = QpContext.number(word) == toNumber
                && QpContext.state(word) >= 2
                && QpContext.state(word) <= 5
                && Words.getInt(context, offset + QpContext.TYPE) == 4
                && Words.getInt(context, offset + QpContext.QKEY) == qkey
                && Words.getIntAcquire(arena.memory(0), ArenaLayout.PORT_ACTIVE_OFFSET) != 0;
        if (!isTaken) {
            return false;
        }
        long directory = Words.getLong(context, offset + QpContext.UD_DIRECTORY);
        long postedThen = postedAt(arena, context, offset);
        VarHandle.acquireFence();
        if (directory == 0 || Words.getLong(context, offset + QpContext.WORD) != word) {
            return false; // nobody waits for this sender: another queue pair may have the context by now
        }
        toTag = QpContext.tag(QpContext.epoch(word), toNumber);
        OutboundRing ring = adapter.rings().forDatagrams(arena, directory);
        return ring != null && put(ring, postedThen);
    }

    private static long postedAt(ArenaView arena, ByteBuffer context, int offset) {
        long srq = Words.getLong(context, offset + QpContext.SRQ);
        return srq == 0
                ? Words.getLongAcquire(context, offset + QpContext.RQ_POSTED)
                : Words.getLongAcquire(arena.memory(Address.segment(srq)), Address.offset(srq) + SharedReceives.POSTED);
    }

    private boolean put(OutboundRing ring, long postedThen) {
        int room = UdQp.GRH_BYTES + adapter.port().mtu().bytes();
        ring.take();
        try {
            if (ring.isRetired()) {
                return false;
            }
            ring.freeDatagrams(room);
            int at = ring.reserve();
            if (at < 0) {
                return false;
            }
            long kept = keep(room);
            adapter.pass(FaultPoint.DATAGRAM_KEPT);
            fill(ring.memory(), at, kept, postedThen);
            adapter.pass(FaultPoint.DATAGRAM_FILLED);
            ring.keepDatagram(Words.getLong(ring.memory(), at + Completion.PAYLOAD), room);
            ring.publish();
            adapter.pass(FaultPoint.DATAGRAM_PUBLISHED);
        } finally {
            ring.giveBack();
        }
        ring.notifyOwner(isSolicited);
        return true;
    }

    private long keep(int room) {
        long address = adapter.arena().allocate(room, ArenaLayout.LINE_BYTES);
        ByteBuffer memory = adapter.arena().memory(Address.segment(address));
        memory.put(Address.offset(address), java.util.Objects.requireNonNull(grh), 0, UdQp.GRH_BYTES);
        java.util.Objects.requireNonNull(message).copyTo(memory, Address.offset(address) + UdQp.GRH_BYTES);
        return address;
    }

    private void fill(ByteBuffer entry, int at, long address, long postedThen) {
        int bytes = java.util.Objects.requireNonNull(message).totalBytes();
        int what = Completion.what(WcOpcode.RECV, wcFlags, Completion.KIND_DATAGRAM, 0);
        Completion.fill(entry, at, toTag, what, UdQp.GRH_BYTES + bytes, immediate, fromNumber, 0);
        Words.putLong(entry, at + Completion.PAYLOAD, address);
        Words.putLong(entry, at + Completion.PAYLOAD + Long.BYTES, postedThen);
    }
}
