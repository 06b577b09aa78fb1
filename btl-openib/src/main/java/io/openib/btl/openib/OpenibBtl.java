package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.LeaveHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerErrorHandler;
import io.openib.btl.ReceiveHandler;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.RoomHandler;
import io.openib.btl.WireupHandler;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.btl.openib.fastpath.Room;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.OpenibRuntimeException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The transport that a program holds: checks who calls, and passes the call to the way to the peer. */
final class OpenibBtl implements Btl {
    private final JobRuntime runtime;
    private final int rank;
    private final int size;
    private final int maxSendBytes;
    private final Links links;
    private final Events events;
    private final ReceiveTable receiveTable;
    private final Counters counters;
    private final Memories memories;
    private final OneSided oneSided;
    private final RoomWatch room;
    private final PendingCalls pending;
    private Call own = new Call(true);
    private final Rounds rounds;
    private final Closing closing;
    private final Outbox noWay;
    private final Outbox[] ways;
    private final OpenibParts parts;
    private final Owner owner = new Owner();
    private volatile boolean isClosed;

    OpenibBtl(OpenibParts parts) {
        this.parts = parts;
        this.runtime = parts.runtime();
        this.rank = runtime.rank();
        this.size = runtime.size();
        this.maxSendBytes = parts.maxSendBytes();
        this.links = parts.links();
        this.events = parts.events();
        this.receiveTable = parts.receiveTable();
        this.counters = parts.counters();
        this.memories = parts.memories();
        this.oneSided = new OneSided(links, memories);
        this.room = new RoomWatch(events, size);
        this.pending = new PendingCalls(parts.threadQueue(), size, room, owner::unpark);
        links.waiting(pending);
        FastPath firstPath = parts.modules().get(0).path();
        links.opened(firstPath);
        this.rounds = new Rounds(links, parts.modules(), pending, oneSided, room, firstPath);
        Beat.begin(parts.control(), parts.keepaliveNs(), rounds::tickDue);
        this.closing = new Closing(parts, rounds::next);
        this.noWay = new Outbox(firstPath, -1);
        this.ways = links.ways(noWay);
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public PeerAttributes peer(int peer) {
        return parts.attributes(Objects.checkIndex(peer, size));
    }

    @Override
    public int maxSendBytes() {
        return maxSendBytes;
    }

    @Override
    public int maxImmediateBytes() {
        return maxSendBytes; // it goes as an active message
    }

    @Override
    public boolean hasAtomics(int peer) {
        return parts.hasAtomics(Objects.checkIndex(peer, size));
    }

    @Override
    public void registerReceive(int tag, ReceiveHandler handler) {
        owner.verifyHandlersMayBeSet();
        receiveTable.register(tag, handler);
    }

    @Override
    public void onError(PeerErrorHandler handler) {
        owners().onError(handler);
    }

    @Override
    public void onWireup(WireupHandler handler) {
        owners().onWireup(handler);
    }

    @Override
    public int onLeave(LeaveHandler handler) {
        owners().onLeave(handler);
        return BtlStatus.OK;
    }

    @Override
    public int onRoom(RoomHandler handler) {
        owners().onRoom(handler);
        return BtlStatus.OK;
    }

    private Events owners() {
        owner.verifyHandlersMayBeSet();
        return events;
    }

    @Override
    public int connect(int peer) {
        if (isClosed || peer < 0 || peer >= size) {
            return isClosed ? BtlStatus.CLOSED : BtlStatus.INVALID;
        }
        if (owner.isCurrent()) {
            return links.connectAnew(links.link(peer));
        }
        return owner.isDeserted() ? BtlStatus.CLOSED : pending.connect(peer);
    }

    @Override
    public int disconnect(int peer) {
        if (isClosed || peer < 0 || peer >= size) {
            return isClosed ? BtlStatus.CLOSED : BtlStatus.INVALID;
        }
        if (!owner.isCurrent()) {
            return BtlStatus.NOT_OWNER;
        }
        links.disconnect(peer);
        return BtlStatus.OK;
    }

    @Override
    public boolean isConnected(int peer) {
        return peer >= 0 && peer < size && ways[peer].lane() != null;
    }

    @Override
    public int send(
            int peer,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        if (!isMessage(peer, tag, data, offset, length)) {
            return BtlStatus.INVALID;
        }
        if (length > maxSendBytes) {
            return BtlStatus.TOO_LONG;
        }
        if (isClosed) {
            return BtlStatus.CLOSED;
        }
        if (!owner.isCurrent()) {
            return owner.isDeserted()
                    ? BtlStatus.CLOSED
                    : pending.send(peer, tag, upTo(offset + length, data), offset, length, handler, cookie);
        }
        Outbox way = ways[peer];
        if (way.lane() == null) {
            Link link = links.link(peer);
            int code = links.connect(link);
            if (code != BtlStatus.OK) {
                return code;
            }
            way = ways[peer];
            if (way == noWay) {
                return hold(link, tag, upTo(offset + length, data), offset, length, handler, cookie);
            }
        }
        int code = way.send(tag, upTo(offset + length, data), offset, length, handler, cookie);
        return code == BtlStatus.BACK_PRESSURE ? room.refuse(peer, Room.SENDS) : code;
    }

    /** Until what the peer has published is known; what waits since then goes first. */
    private int hold(
            Link link,
            int tag,
            ByteBuffer data,
            int offset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        if (!links.held().allows(link)) {
            return room.refuse(link.peer(), Room.SENDS);
        }
        Call call = new Call(true).begin(Call.Kind.SEND, link.peer(), handler, cookie);
        keep(link, call.message(tag, data, offset, length));
        return BtlStatus.OK;
    }

    private void keep(Link link, Call call) {
        links.held().add(link, call);
        pending.hold(call);
    }

    /** A buffer up to this end at least: its limit means nothing here, but to the class library. */
    private static ByteBuffer upTo(int end, ByteBuffer data) {
        return end <= data.limit() ? data : data.duplicate().clear();
    }

    private boolean isMessage(int peer, int tag, ByteBuffer data, int offset, int length) {
        boolean isPeer = peer >= 0 && peer < size && (tag & ~0xff) == 0;
        return isPeer && (offset | length) >= 0 && length <= data.capacity() - offset;
    }

    @Override
    public int sendImmediate(int peer, int tag, ByteBuffer data, int offset, int length) {
        if (!isMessage(peer, tag, data, offset, length)) {
            return BtlStatus.INVALID;
        }
        if (length > maxImmediateBytes()) {
            return BtlStatus.TOO_LONG;
        }
        if (!owner.isCurrent()) {
            return BtlStatus.NOT_OWNER;
        }
        if (isClosed) {
            return BtlStatus.CLOSED;
        }
        Outbox way = ways[peer];
        if (way.lane() == null) {
            int code = links.connect(links.link(peer));
            return code == BtlStatus.OK ? BtlStatus.NOT_CONNECTED : code;
        }
        int code = way.sendImmediate(tag, upTo(offset + length, data), offset, length);
        return code == BtlStatus.BACK_PRESSURE ? room.refuse(peer, way.immediate(length)) : code;
    }

    @Override
    public RegisteredMemory allocate(long lengthBytes) {
        return memories.allocate(lengthBytes);
    }

    @Override
    public long maxMemoryBytes() {
        return memories.maxBytes();
    }

    @Override
    public RegisteredMemory register(ByteBuffer memory) {
        return memories.register(memory);
    }

    @Override
    public int put(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.PUT, peer, handler, cookie);
        return call == null ? refusal(peer) : go(call.memory(local, localOffset).at(target, remoteOffset, length));
    }

    @Override
    public int get(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.GET, peer, handler, cookie);
        return call == null ? refusal(peer) : go(call.memory(local, localOffset).at(target, remoteOffset, length));
    }

    @Override
    public int putBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.PUT_BYTES, peer, handler, cookie);
        return call == null ? refusal(peer) : go(call.bytes(local, localOffset).at(target, remoteOffset, length));
    }

    @Override
    public int getBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.GET_BYTES, peer, handler, cookie);
        return call == null ? refusal(peer) : go(call.bytes(local, localOffset).at(target, remoteOffset, length));
    }

    @Override
    public int fetchAdd(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle target,
            long remoteOffset,
            long add,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.FETCH_ADD, peer, handler, cookie);
        return call == null
                ? refusal(peer)
                : go(call.memory(result, resultOffset).operands(add, 0).at(target, remoteOffset, Long.BYTES));
    }

    @Override
    public int compareSwap(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle target,
            long remoteOffset,
            long compare,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        Call call = begin(Call.Kind.COMPARE_SWAP, peer, handler, cookie);
        return call == null
                ? refusal(peer)
                : go(call.memory(result, resultOffset).operands(compare, swap).at(target, remoteOffset, Long.BYTES));
    }

    /** The owner's own call, or one on the way to the owner; null if there is no such peer, or no call. */
    private @Nullable Call begin(Call.Kind kind, int peer, @Nullable CompletionHandler handler, long cookie) {
        if (peer < 0 || peer >= size) {
            return null;
        }
        boolean isOwner = owner.isCurrent();
        if (!isOwner && owner.isDeserted()) {
            return null;
        }
        Call call = isOwner ? own : pending.take(peer);
        return call == null ? null : call.begin(kind, peer, handler, cookie);
    }

    private int refusal(int peer) {
        if (peer < 0 || peer >= size) {
            return BtlStatus.INVALID;
        }
        return owner.isDeserted() ? BtlStatus.CLOSED : pending.unavailable(peer);
    }

    private int go(Call call) {
        boolean isKept = false;
        try {
            if (!call.isValid() || (call.memory != null && !memories.isOpen(call.memory))) {
                return BtlStatus.INVALID;
            }
            if (isClosed) {
                return BtlStatus.CLOSED;
            }
            int code = call.isOwners ? runOrHold(call) : pending.offer(call);
            isKept = call != own;
            return code == BtlStatus.BACK_PRESSURE ? refused(call) : code;
        } finally {
            if (!isKept) {
                pending.withdraw(call);
            }
        }
    }

    private int refused(Call call) {
        return room.refuse(call.peer, call.isAtomic() ? Room.ATOMICS : Room.TRANSFERS);
    }

    /** The owner's own: done; or held, whereupon the owner takes another one for the next. */
    private int runOrHold(Call call) {
        if (ways[call.peer] != noWay) {
            return oneSided.run(call);
        }
        Link link = links.link(call.peer);
        int code = links.connect(link);
        if (code != BtlStatus.OK || ways[call.peer] != noWay) {
            return code != BtlStatus.OK ? code : oneSided.run(call);
        }
        if (call.isAtomic()) {
            return BtlStatus.NOT_CONNECTED;
        }
        if (!links.held().allows(link)) {
            return BtlStatus.BACK_PRESSURE;
        }
        keep(link, call);
        own = new Call(true);
        return BtlStatus.OK;
    }

    @Override
    public int progress() {
        if (!owner.acts()) {
            return BtlStatus.NOT_OWNER;
        }
        return isClosed ? BtlStatus.CLOSED : rounds.next();
    }

    @Override
    public void adopt() {
        owner.adopt();
    }

    @Override
    public Map<String, Long> counters() {
        return counters.snapshot();
    }

    @Override
    public void abort(int status, String message) {
        try {
            runtime.abort(status, message);
        } catch (OpenibRuntimeException e) {
            throw new BtlException("the launcher cannot be told to end the job: " + e.getMessage(), e);
        }
    }

    /** Closes without waiting for what was accepted. Owner. */
    void abandon() {
        isClosed = true;
        closing.end(pending);
        room.close();
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        owner.verifyMayClose();
        if (rounds.isUnderWay()) {
            throw new BtlException("a transport is closed outside of callbacks; this is a callback");
        }
        owner.adopt();
        closing.finishSends(pending);
        abandon();
    }
}
