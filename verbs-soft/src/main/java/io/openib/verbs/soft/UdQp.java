package io.openib.verbs.soft;

import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WcStatus;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.SegmentGoneException;
import io.openib.verbs.soft.arena.Words;
import io.openib.verbs.soft.wire.WireLink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Unreliable datagrams. The sender leaves a datagram in memory of its own and its completion in the receiver's inbox; the
 * receiver takes it into the receive that was posted when it came, if there was one.
 */
final class UdQp extends SoftQp {
    static final int GRH_BYTES = 40;
    private static final int GRH_SGID = 8;
    private static final int GRH_DGID = 24;
    private static final int WELL_KNOWN_QKEY = 1 << 31;

    private final ByteBuffer grh = ByteBuffer.allocateDirect(GRH_BYTES).order(ByteOrder.BIG_ENDIAN);
    private final Datagram datagram;
    private boolean isHeldBack;

    UdQp(SoftPd pd, QpInitAttributes init) {
        super(pd, init);
        datagram = new Datagram(adapter);
    }

    @Override
    void connect() {
        shown.datagramDirectory(recvCq.datagramDirectory());
    }

    @Override
    void disconnect() {
        // Datagrams have no peer to forget.
    }

    @Override
    int checkKind(SoftSendWr wr) {
        boolean isSend = wr.opcode == WrOpcode.SEND || wr.opcode == WrOpcode.SEND_WITH_IMM;
        return isSend && wr.handle != null ? 0 : -Errno.EINVAL;
    }

    @Override
    void onSendFailure(int status) {
        if (status == WcStatus.FATAL_ERR.code()) {
            failBySend();
        } else {
            failSends();
        }
    }

    @Override
    boolean isPeerBusy() {
        return false; // nobody writes to this process's memory for a datagram
    }

    @Override
    boolean runShort(SoftSendWr wr) {
        return false;
    }

    @Override
    int run(SoftSendWr wr) {
        shown.beginOperation();
        try {
            return operate(wr);
        } finally {
            shown.endOperation();
        }
    }

    private int operate(SoftSendWr wr) {
        int status = gather(wr, false);
        if (status != 0) {
            return status;
        }
        int most = adapter.port().mtu().bytes();
        if (gathered.totalBytes() > most) {
            return WcStatus.LOC_LEN_ERR.code();
        }
        SoftAh handle = java.util.Objects.requireNonNull(wr.handle);
        return adapter.isInjecting() ? sendInjected(wr, handle) : send(wr, handle);
    }

    private int sendInjected(SoftSendWr wr, SoftAh handle) {
        int fate = isHeldBack ? 0 : adapter.inject(this);
        isHeldBack = fate == Outcome.HELD_BACK;
        return switch (fate) {
            case 0 -> send(wr, handle);
            case Outcome.UNANSWERED -> 0; // lost, and nobody notices
            case Outcome.NOT_READY -> {
                SoftCounters.count(SoftCounter.FAULT_RNR);
                SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
                yield 0;
            }
            case Outcome.TWICE -> {
                send(wr, handle);
                if (adapter.isPortActive() && deliver(wr, handle)) {
                    SoftCounters.count(SoftCounter.FAULT_DUPLICATED);
                }
                yield 0;
            }
            default -> fate;
        };
    }

    private int send(SoftSendWr wr, SoftAh handle) {
        if (!adapter.isPortActive() || !deliver(wr, handle)) {
            SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
        }
        return 0;
    }

    private boolean deliver(SoftSendWr wr, SoftAh handle) {
        writeGrh(handle);
        int qkey = (wr.remoteQkey & WELL_KNOWN_QKEY) != 0 ? attributes().qkey() : wr.remoteQkey;
        datagram.from(number(), grh, gathered, wr.opcode == WrOpcode.SEND_WITH_IMM, wr.immediate);
        datagram.to(wr.remoteQpNumber, qkey, (wr.flags & SendFlag.SOLICITED) != 0);
        ArenaView arena = adapter.peers().find(handle.arenaId());
        if (arena != null) {
            return deliver(arena);
        }
        WireLink link = adapter.linkTo(handle.vector(), handle.arenaId());
        return link != null && adapter.sendOnTheWire(link, OutgoingDatagram.of(wr, number(), qkey, grh, gathered));
    }

    private boolean deliver(ArenaView arena) {
        try {
            return datagram.deliver(arena);
        } catch (NoRoomException | SegmentGoneException e) {
            missingMemory.tell(this, e);
            return false;
        }
    }

    private void writeGrh(SoftAh handle) {
        Gid source = adapter.port().sourceGid(handle.vector());
        Gid destination = adapter.port().destinationGid(handle.vector());
        grh.putInt(0, 6 << 28);
        grh.putShort(4, (short) gathered.totalBytes());
        grh.putShort(6, (short) 0x1b40);
        grh.putLong(GRH_SGID, source.subnetPrefix()).putLong(GRH_SGID + Long.BYTES, source.interfaceId());
        grh.putLong(GRH_DGID, destination.subnetPrefix()).putLong(GRH_DGID + Long.BYTES, destination.interfaceId());
    }

    @Override
    void receive(InboundRing ring, int offset, long route, long detail, SoftCompletions batch, Pieces scratch) {
        int life = epoch();
        ByteBuffer memory = ring.memory();
        long address = Words.getLong(memory, offset + Completion.PAYLOAD);
        long postedThen = Words.getLong(memory, offset + Completion.PAYLOAD + Long.BYTES);
        long size = ring.size(offset);
        int length = Completion.length(size);
        ArenaView producer = ring.producer();
        ByteBuffer datagram = producer == null ? null : producer.segment(Address.segment(address));
        if (datagram == null || !isReceivingNow()) {
            SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
            return;
        }
        int slot = takeSlot(postedThen);
        if (slot < 0) {
            SoftCounters.count(SoftCounter.DROPPED_DATAGRAMS);
            return;
        }
        ReceiveSlots slots = slots();
        boolean isPlaced = slots.scatter(slot, datagram, Address.offset(address), length, scratch);
        if (isPlaced) {
            batch.add(
                    slots.wrId(slot),
                    WcOpcode.RECV,
                    length,
                    Completion.immediate(size),
                    number(),
                    Completion.index(detail),
                    Completion.flags(route));
        } else {
            batch.addError(slots.wrId(slot), WcStatus.LOC_LEN_ERR.code(), number());
        }
        giveSlotBack(slot);
        if (!isPlaced) {
            recvCq.delivery().end(); // whoever holds the lock may wait for it
            failIn(life);
        }
    }

    private boolean isReceivingNow() {
        return switch (stateNow()) {
            case RTR, RTS, SQD, SQE -> true;
            default -> false;
        };
    }

    private ReceiveSlots slots() {
        return srq != null
                ? srq.slots()
                : java.util.Objects.requireNonNull(receives()).slots();
    }

    private int takeSlot(long postedThen) {
        if (srq != null) {
            return srq.claimForDatagram(postedThen);
        }
        ReceiveQueue own = java.util.Objects.requireNonNull(receives());
        return own.hasReceive(postedThen) ? own.oldest() : -1;
    }

    private void giveSlotBack(int slot) {
        if (srq != null) {
            srq.complete(slot);
        } else {
            java.util.Objects.requireNonNull(receives()).completeOldest();
        }
    }
}
