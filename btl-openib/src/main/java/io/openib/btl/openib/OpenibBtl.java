package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerErrorHandler;
import io.openib.btl.ReceiveHandler;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.WireupHandler;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.runtime.JobRuntime;
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
    private final int maxImmediateBytes;
    private final Links links;
    private final Events events;
    private final ReceiveTable receiveTable;
    private final Counters counters;
    private final Memories memories;
    private final OneSided oneSided;
    private final RemoteCalls remote;
    private final Rounds rounds;
    private final Closing closing;
    private final Outbox[] ways;
    private final OpenibParts parts;
    private volatile Thread owner = Thread.currentThread();
    private volatile boolean isClosed;

    OpenibBtl(OpenibParts parts) {
        this.parts = parts;
        this.runtime = parts.runtime();
        this.rank = runtime.rank();
        this.size = runtime.size();
        this.maxSendBytes = parts.maxSendBytes();
        this.maxImmediateBytes = parts.maxSendBytes();
        this.links = parts.links();
        this.events = parts.events();
        this.receiveTable = parts.receiveTable();
        this.counters = parts.counters();
        this.memories = parts.memories();
        this.oneSided = new OneSided(links, memories);
        this.remote = new RemoteCalls(parts.threadQueue());
        FastPath firstPath = parts.modules().get(0).path();
        links.opened(firstPath);
        this.rounds = new Rounds(links, parts.modules(), remote, this::run, firstPath);
        this.closing = new Closing(parts, rounds::next);
        this.ways = parts.links().ways(new Outbox(firstPath, -1));
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
        return maxImmediateBytes;
    }

    @Override
    public boolean hasAtomics(int peer) {
        return parts.hasAtomics(Objects.checkIndex(peer, size));
    }

    @Override
    public void registerReceive(int tag, ReceiveHandler handler) {
        receiveTable.register(tag, handler);
    }

    @Override
    public void onError(PeerErrorHandler handler) {
        events.onError(handler);
    }

    @Override
    public void onWireup(WireupHandler handler) {
        events.onWireup(handler);
    }

    @Override
    public int connect(int peer) {
        if (isClosed || peer < 0 || peer >= size) {
            return isClosed ? BtlStatus.CLOSED : BtlStatus.INVALID;
        }
        if (Thread.currentThread() == owner) {
            return links.connect(links.link(peer));
        }
        return remote.connect(peer);
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
        if (Thread.currentThread() != owner) {
            return remote.send(peer, tag, data, offset, length, handler, cookie);
        }
        Outbox way = ways[peer];
        if (way.lane() == null) {
            int code = links.connect(links.link(peer));
            if (code != BtlStatus.OK) {
                return code;
            }
            way = ways[peer];
        }
        return way.send(tag, data, offset, length, handler, cookie);
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
        if (length > maxImmediateBytes) {
            return BtlStatus.TOO_LONG;
        }
        if (Thread.currentThread() != owner) {
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
        return way.sendImmediate(tag, data, offset, length);
    }

    @Override
    public RegisteredMemory allocate(long lengthBytes) {
        return memories.allocate(lengthBytes);
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
        return rdma(RemoteCall.Kind.PUT, peer, local, localOffset, target, remoteOffset, length, handler, cookie);
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
        return rdma(RemoteCall.Kind.GET, peer, local, localOffset, target, remoteOffset, length, handler, cookie);
    }

    private int rdma(
            RemoteCall.Kind kind,
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        int code = check(peer, target, remoteOffset, length);
        if (code != BtlStatus.OK || localOffset < 0 || length > local.lengthBytes() - localOffset) {
            return code != BtlStatus.OK ? code : BtlStatus.INVALID;
        }
        if (Thread.currentThread() != owner) {
            return remote.oneSided(
                    kind, peer, local, null, localOffset, target, remoteOffset, length, 0, 0, handler, cookie);
        }
        return oneSided.rdma(
                kind == RemoteCall.Kind.GET, peer, local, localOffset, target, remoteOffset, length, handler, cookie);
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
        return rdmaBytes(
                RemoteCall.Kind.PUT_BYTES, peer, local, localOffset, target, remoteOffset, length, handler, cookie);
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
        if (local.isReadOnly()) {
            return BtlStatus.INVALID;
        }
        return rdmaBytes(
                RemoteCall.Kind.GET_BYTES, peer, local, localOffset, target, remoteOffset, length, handler, cookie);
    }

    private int rdmaBytes(
            RemoteCall.Kind kind,
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle target,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        int code = check(peer, target, remoteOffset, length);
        if (code != BtlStatus.OK || localOffset < 0 || length > local.capacity() - localOffset) {
            return code != BtlStatus.OK ? code : BtlStatus.INVALID;
        }
        if (Thread.currentThread() != owner) {
            return remote.oneSided(
                    kind, peer, null, local, localOffset, target, remoteOffset, length, 0, 0, handler, cookie);
        }
        return oneSided.rdmaBytes(
                kind == RemoteCall.Kind.GET_BYTES,
                peer,
                local,
                localOffset,
                target,
                remoteOffset,
                length,
                handler,
                cookie);
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
        return atomic(
                RemoteCall.Kind.FETCH_ADD, peer, result, resultOffset, target, remoteOffset, add, 0, handler, cookie);
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
        return atomic(
                RemoteCall.Kind.COMPARE_SWAP,
                peer,
                result,
                resultOffset,
                target,
                remoteOffset,
                compare,
                swap,
                handler,
                cookie);
    }

    private int atomic(
            RemoteCall.Kind kind,
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle target,
            long remoteOffset,
            long compareAdd,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        int code = check(peer, target, remoteOffset, Long.BYTES);
        if (code != BtlStatus.OK || resultOffset < 0 || Long.BYTES > result.lengthBytes() - resultOffset) {
            return code != BtlStatus.OK ? code : BtlStatus.INVALID;
        }
        if (Thread.currentThread() != owner) {
            return remote.oneSided(
                    kind,
                    peer,
                    result,
                    null,
                    resultOffset,
                    target,
                    remoteOffset,
                    Long.BYTES,
                    compareAdd,
                    swap,
                    handler,
                    cookie);
        }
        return oneSided.atomic(
                kind == RemoteCall.Kind.COMPARE_SWAP,
                peer,
                result,
                resultOffset,
                target,
                remoteOffset,
                compareAdd,
                swap,
                handler,
                cookie);
    }

    private int check(int peer, MemoryHandle target, long remoteOffset, int length) {
        if (peer < 0
                || peer >= size
                || remoteOffset < 0
                || length < 0
                || length > target.lengthBytes() - remoteOffset) {
            return BtlStatus.INVALID;
        }
        return isClosed ? BtlStatus.CLOSED : BtlStatus.OK;
    }

    @Override
    public int progress() {
        if (Thread.currentThread() != owner) {
            return BtlStatus.NOT_OWNER;
        }
        return isClosed ? 0 : rounds.next();
    }

    /** Does what another thread has called; BACK_PRESSURE to try again in the next round. */
    private int run(RemoteCall call) {
        if (call.kind == RemoteCall.Kind.CONNECT) {
            links.connect(links.link(call.peer));
            return BtlStatus.OK;
        }
        if (call.kind == RemoteCall.Kind.SEND) {
            return send(call.peer, call.tag, call.copied(), 0, call.length, call.handler, call.cookie);
        }
        return oneSided.run(call, Objects.requireNonNull(call.remote));
    }

    @Override
    public void adopt() {
        owner = Thread.currentThread();
    }

    @Override
    public Map<String, Long> counters() {
        return counters.snapshot();
    }

    @Override
    public void abort(int status, String message) {
        runtime.abort(status, message);
    }

    /** Closes without waiting for what was accepted. Owner. */
    void abandon() {
        isClosed = true;
        closing.end(remote);
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        Thread current = owner;
        if (Thread.currentThread() != current && current.isAlive()) {
            throw new BtlException("a transport is closed by its owner, which is thread " + current.getName()
                    + ": stop it, call adopt(), then close()");
        }
        if (rounds.isUnderWay()) {
            throw new BtlException("a transport is closed outside of callbacks; this is a callback");
        }
        owner = Thread.currentThread();
        closing.finishSends(remote);
        isClosed = true;
        closing.end(remote);
    }
}
