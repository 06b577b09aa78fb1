package io.openib.verbs.soft;

import io.openib.verbs.AddressVector;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.SendFlag;
import io.openib.verbs.WcOpcode;
import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.arena.Doorbell;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.SegmentGoneException;
import io.openib.verbs.soft.wire.WireLink;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A reliable connection: the sender moves the bytes and writes the receiver's completion. */
final class RcQp extends SoftQp implements Requester {
    private static final int OK = 0;

    private final RcOperations operations;
    private final RegionTable regions;
    private final FormerPeers formerPeers;

    /** Whether faults are injected: then nothing goes the short way, where nobody asks for them. */
    private final boolean isInjecting;

    private volatile @Nullable RcTarget target;

    /** Both ends of the connection here when the peer is on another host; there is no {@link #target} then. */
    private volatile @Nullable WireSender wireSender;

    private volatile @Nullable WireTarget wireTarget;
    private volatile int peerNumber;
    private boolean isInjected;

    /** The arena that {@link #target} is in; 0 for none. */
    private long connectedTo;

    RcQp(SoftPd pd, QpInitAttributes init) {
        super(pd, init);
        regions = adapter.regions();
        formerPeers = new FormerPeers(adapter.peers());
        isInjecting = adapter.isInjecting();
        operations = new RcOperations(adapter, this, this::accuse, gathered);
    }

    @Override
    void connect() {
        AddressVector vector = attributes().addressVector();
        long arenaId = adapter.port().arenaOf(vector);
        int number = attributes().destQpNumber();
        peerNumber = number;
        WireLink link = adapter.linkTo(vector, arenaId);
        // One that lives here, though it cannot be found just now, would not answer by the wire.
        if (link == null || adapter.peers().isAlive(arenaId)) {
            forgetPeer(); // of an attempt that failed
            adapter.reaper().connected(arenaId);
            connectedTo = arenaId;
            RcTarget peer = new RcTarget(adapter, this, arenaId, number, formerPeers.epochOf(arenaId, number));
            peer.map(); // its death is heard of from now on
            // What one that cannot be found completed in an inbox would never be seen.
            boolean isFound = adapter.peers().find(arenaId) != null;
            shown.peer(arenaId, isFound ? recvCq.inboxFor(arenaId) : 0);
            target = peer;
        } else {
            // The wire's thread of this process completes what comes from another host.
            shown.peer(arenaId, recvCq.inboxFor(adapter.arena().id()));
            wireTarget = new WireTarget(this, arenaId, number);
            wireSender = new WireSender(this, link);
        }
    }

    @Override
    void disconnect() {
        RcTarget peer = target;
        target = null;
        if (peer != null) {
            formerPeers.add(peer.arenaId(), peer.number(), peer.epoch());
        }
        forgetPeer();
        wireSender = null;
        WireTarget served = wireTarget;
        wireTarget = null;
        if (served != null) {
            served.giveBack();
        }
    }

    private void forgetPeer() {
        if (connectedTo != 0) {
            adapter.reaper().disconnected(connectedTo);
            connectedTo = 0;
        }
    }

    @Override
    void carryOn() {
        WireSender sender = wireSender;
        if (sender != null) {
            adapter.carryOnTheWire(sender);
        } else {
            super.carryOn();
        }
    }

    @Override
    boolean isPipelined() {
        return wireSender != null;
    }

    @Override
    void letGo() {
        WireSender sender = wireSender;
        if (sender != null) {
            sender.letGo();
        }
        super.letGo();
    }

    @Nullable
    WireSender wireSender() {
        return wireSender;
    }

    @Nullable
    WireTarget wireTarget() {
        return wireTarget;
    }

    @Nullable
    RcTarget target() {
        return target;
    }

    @Override
    int checkKind(SoftSendWr wr) {
        return 0;
    }

    @Override
    void onSendFailure(int status) {
        failBySend();
    }

    @Override
    void noticePeerFault() {
        int life = epoch(); // it may be reset while this looks
        RcTarget peer = target;
        if (peer == null || !isReceiving()) {
            return;
        }
        int fault = peer.faultOf(life);
        if (fault != 0) {
            failIn(life);
            if (fault == QpContext.FAULT_ACCESS) {
                raise(AsyncEventType.QP_ACCESS_ERR);
            } else if (fault == QpContext.FAULT_INVALID_REQUEST) {
                raise(AsyncEventType.QP_REQ_ERR);
            }
        }
    }

    private boolean isReceiving() {
        QpState now = stateNow();
        return now == QpState.RTR || now == QpState.RTS || now == QpState.SQD;
    }

    @Override
    boolean isPeerBusy() {
        return (peerOperation() & 1) != 0 && isPeerAlive();
    }

    /** The sequence that is odd while the peer's operation is under way on this process's memory. */
    long peerOperation() {
        RcTarget peer = target;
        WireTarget served = wireTarget;
        return peer != null ? peer.operation() : served != null ? served.operation() : 0;
    }

    boolean isPeerAlive() {
        RcTarget peer = target;
        return peer == null || peer.isAlive();
    }

    @Override
    boolean runShort(SoftSendWr wr) {
        RcTarget peer = target;
        OutboundRing ring = peer == null ? null : peer.shortWay();
        if (peer == null || ring == null || isInjecting || !adapter.isPortActive()) {
            return false;
        }
        shown.beginOperationBeforeCompareAndSet();
        try {
            ring.take();
            boolean isSent;
            try {
                isSent = putShort(wr, peer, ring);
            } finally {
                ring.giveBack();
            }
            if (isSent) {
                ring.notifyOwner((wr.flags & SendFlag.SOLICITED) != 0);
            }
            return isSent;
        } finally {
            shown.endOperation();
        }
    }

    private boolean putShort(SoftSendWr wr, RcTarget peer, OutboundRing ring) {
        ByteBuffer data = wr.inlineData;
        if (data != null) {
            return peer.sendShort(ring, wr.inlineHead, data, wr.inlineOffset, wr.inlineLength);
        }
        SoftMr region = regions.find(pd, wr.keys[0]);
        long address = wr.addresses[0];
        int length = wr.lengths[0];
        return region != null
                && region.contains(address, length)
                && peer.sendShort(ring, region.memory, region.offsetOf(address), length);
    }

    @Override
    int run(SoftSendWr wr) {
        RcTarget peer = target;
        if (peer == null) {
            return wireSender == null ? Outcome.UNANSWERED : Outcome.ON_THE_WIRE;
        }
        try {
            return isInjecting ? runInjected(wr, peer) : carryOut(wr, peer);
        } catch (NoRoomException | SegmentGoneException e) {
            missingMemory.tell(this, e);
            return Outcome.UNANSWERED;
        }
    }

    private int runInjected(SoftSendWr wr, RcTarget peer) {
        int fate = isInjected ? OK : adapter.inject(this);
        isInjected = fate == Outcome.HELD_BACK;
        if (fate == Outcome.NOT_READY && wr.takesReceive() && isAnswered(wr, peer)) {
            SoftCounters.count(SoftCounter.FAULT_RNR);
            return Outcome.NOT_READY;
        }
        if (fate != OK && fate != Outcome.TWICE && fate != Outcome.NOT_READY) {
            return fate;
        }
        int outcome = carryOut(wr, peer);
        if (fate == Outcome.TWICE && wr.takesReceive() && outcome == OK) {
            repeat(peer.completions());
        }
        return outcome;
    }

    /** Whether the peer would say at all whether it is ready. */
    private boolean isAnswered(SoftSendWr wr, RcTarget peer) {
        shown.beginOperation();
        try {
            return gather(wr, false) == OK && adapter.isPortActive() && peer.answers(gathered.totalBytes());
        } finally {
            shown.endOperation();
        }
    }

    private void repeat(OutboundRing ring) {
        shown.beginOperation();
        ring.take();
        try {
            if (ring.isCurrent() && ring.repeat()) {
                SoftCounters.count(SoftCounter.FAULT_DUPLICATED);
            }
        } finally {
            ring.giveBack();
            shown.endOperation();
        }
    }

    private int carryOut(SoftSendWr wr, RcTarget peer) {
        shown.beginOperation();
        try {
            int status = gather(wr, wr.opcode >= WrOpcode.RDMA_READ);
            if (status != OK) {
                return status;
            }
            return adapter.isPortActive() ? operations.operate(wr, peer) : Outcome.UNANSWERED;
        } finally {
            shown.endOperation();
        }
    }

    /** Tells the peer that an operation of this side failed there. */
    private void accuse(RcTarget peer, int reason) {
        shown.fault(peer.epoch(), reason);
        peer.arena().ring(Doorbell.message(Doorbell.FAULT, peer.number()));
    }

    @Override
    public long arenaId() {
        return adapter.id();
    }

    @Override
    public int sqPsn() {
        return attributes().sqPsn();
    }

    @Override
    public int pathMtuCode() {
        return attributes().pathMtu().code();
    }

    @Override
    public int maxRdAtomic() {
        return attributes().maxRdAtomic();
    }

    @Override
    void receive(InboundRing ring, int offset, long route, long detail, SoftCompletions batch, Pieces scratch) {
        int life = epoch();
        int carried = Completion.carried(detail);
        SoftSrq shared = srq;
        boolean isDone;
        if (shared != null) {
            int index = Completion.index(detail);
            isDone = deliver(shared.slots(), index, ring, offset, route, carried, batch, scratch);
            shared.complete(index);
        } else {
            ReceiveQueue own = java.util.Objects.requireNonNull(receives());
            isDone = deliver(own.slots(), own.oldest(), ring, offset, route, carried, batch, scratch);
            own.completeOldest();
        }
        if (!isDone) {
            onFailure(life);
        }
    }

    /**
     * A receive has failed: as the peer has said, which may have died before it could tell its fault as well, or when its message
     * came. Its delivery is over.
     */
    private void onFailure(int life) {
        recvCq.delivery().end(); // whoever holds the lock may wait for it
        failIn(life);
    }

    /** What the process of an arena has sent may be lost, and was a success there. */
    void failIfConnectedTo(long arenaId) {
        int life = epoch();
        RcTarget peer = target;
        if (peer != null && peer.arenaId() == arenaId) {
            failIn(life);
        }
    }

    /** Takes a message that is all in the ring. */
    void receiveShort(InboundRing ring, int offset, long route, SoftCompletions batch, Pieces scratch) {
        int life = epoch();
        ReceiveQueue own = java.util.Objects.requireNonNull(receives());
        if (!own.takeShort(ring, offset, route, batch, peerNumber, scratch)) {
            onFailure(life);
        }
    }

    /** Completes a receive; false when it has failed. */
    private boolean deliver(
            ReceiveSlots slots,
            int slot,
            InboundRing ring,
            int offset,
            long route,
            int carried,
            SoftCompletions batch,
            Pieces scratch) {
        if (Completion.status(route) != OK) {
            batch.addError(slots.wrId(slot), Completion.status(route), number());
            return false;
        }
        long size = ring.size(offset);
        if (carried > 0 && !slots.scatter(slot, ring.memory(), offset + Completion.PAYLOAD, carried, scratch)) {
            batch.addError(slots.wrId(slot), ReceiveSlots.GONE, number());
            return false;
        }
        if (carried == 0 && slots.isBounced(slot) && Completion.opcode(route) == WcOpcode.RECV) {
            slots.unbounce(slot, Completion.length(size), scratch);
        }
        batch.add(slots.wrId(slot), route, size, peerNumber);
        return true;
    }
}
