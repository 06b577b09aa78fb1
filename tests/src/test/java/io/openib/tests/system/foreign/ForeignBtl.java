package io.openib.tests.system.foreign;

import io.openib.btl.Btl;
import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.MemoryHandle;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.PeerErrorHandler;
import io.openib.btl.ReceiveHandler;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.WireupEvent;
import io.openib.btl.WireupHandler;
import io.openib.runtime.JobRuntime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A full mesh of sockets, made at once. Completions come when bytes are queued or, for puts, acknowledged. */
final class ForeignBtl implements Btl {
    private static final int MAX_SEND_BYTES = 1 << 16;
    private static final int SEND = 1;
    private static final int PUT = 2;
    private static final int ACKNOWLEDGE = 3;
    private static final int LEAVE = 4;
    private static final long FENCE_MS = 30_000;

    private final JobRuntime runtime;
    private final @Nullable Peer[] peers;
    private final boolean[] hasLeft;
    private final ReceiveHandler[] handlers = new ReceiveHandler[TAGS];
    private final List<ForeignMemory> memories = new ArrayList<>();
    private final Map<Long, CompletionHandler> awaited = new HashMap<>();
    private final Map<Long, Long> cookies = new HashMap<>();
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private PeerErrorHandler errors = error -> {};
    private WireupHandler wireups = event -> {};
    private long operations;
    private boolean isWithin;
    private final Forgetfulness forgetfulness;

    ForeignBtl(JobRuntime runtime, int queueBytes, Forgetfulness forgetfulness) throws IOException {
        this.forgetfulness = forgetfulness;
        this.runtime = runtime;
        this.peers = new Peer[runtime.size()];
        this.hasLeft = new boolean[runtime.size()];
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), runtime.size());
            String port = Integer.toString(((InetSocketAddress) listener.getLocalAddress()).getPort());
            runtime.put("foreign.port", port.getBytes(StandardCharsets.US_ASCII));
            runtime.fence(FENCE_MS);
            for (int peer = 0; peer < rank(); peer++) {
                peers[peer] = new Peer(dial(peer), queueBytes);
            }
            for (int i = rank() + 1; i < size(); i++) {
                SocketChannel accepted = listener.accept();
                ByteBuffer hello = ByteBuffer.allocate(4);
                while (hello.hasRemaining()) {
                    accepted.read(hello);
                }
                peers[hello.getInt(0)] = new Peer(accepted, queueBytes);
            }
        }
    }

    private SocketChannel dial(int peer) throws IOException {
        byte[] port = runtime.get(peer, "foreign.port").orElseThrow();
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(new String(port, StandardCharsets.US_ASCII))));
        channel.write(ByteBuffer.allocate(4).putInt(0, rank()));
        return channel;
    }

    @Override
    public int rank() {
        return runtime.rank();
    }

    @Override
    public int size() {
        return runtime.size();
    }

    @Override
    public PeerAttributes peer(int rank) {
        return new PeerAttributes(rank, "localhost", 0, "tcp", "the only one");
    }

    @Override
    public int maxSendBytes() {
        return MAX_SEND_BYTES;
    }

    @Override
    public int maxImmediateBytes() {
        return 64;
    }

    @Override
    public boolean hasAtomics(int peer) {
        return false;
    }

    @Override
    public void registerReceive(int tag, ReceiveHandler handler) {
        handlers[tag] = handler;
    }

    @Override
    public void onError(PeerErrorHandler handler) {
        errors = handler;
    }

    @Override
    public void onWireup(WireupHandler handler) {
        wireups = handler;
    }

    @Override
    public int connect(int peer) {
        wireups.onWireup(
                new WireupEvent(peer, true, "mesh", "tcp0:1", 0.5, List.of("mesh: connected"), "the only one"));
        return BtlStatus.OK;
    }

    @Override
    public boolean isConnected(int peer) {
        return peer == rank() || peers[peer] != null;
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
        if (peer == rank()) {
            ByteBuffer copy = ByteBuffer.allocate(length).order(java.nio.ByteOrder.nativeOrder());
            copy.put(0, data, offset, length);
            due.add(() -> handlers[tag].onMessage(peer, tag, copy, 0, length));
        } else {
            Peer to = peers[peer];
            if (to == null) {
                return BtlStatus.PEER_FAILED;
            }
            if (!to.offer(SEND, tag, 0, 0, data, offset, length)) {
                return BtlStatus.BACK_PRESSURE;
            }
        }
        if (handler != null) {
            due.add(() -> handler.onComplete(cookie, BtlStatus.OK));
        }
        return BtlStatus.OK;
    }

    @Override
    public int sendImmediate(int peer, int tag, ByteBuffer data, int offset, int length) {
        return send(peer, tag, data, offset, length, null, 0);
    }

    @Override
    public RegisteredMemory allocate(long lengthBytes) {
        ForeignMemory memory =
                new ForeignMemory(rank(), memories.size(), ByteBuffer.allocateDirect(Math.toIntExact(lengthBytes)));
        memories.add(memory);
        return memory;
    }

    @Override
    public RegisteredMemory register(ByteBuffer memory) {
        ForeignMemory registered = new ForeignMemory(rank(), memories.size(), memory.slice());
        memories.add(registered);
        return registered;
    }

    @Override
    public int put(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        ByteBuffer bytes = local.buffer();
        return putBytes(peer, bytes, (int) localOffset, remote, remoteOffset, length, handler, cookie);
    }

    @Override
    public int putBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        Peer to = peers[peer];
        if (to == null) {
            return BtlStatus.PEER_FAILED;
        }
        if (!to.offer(PUT, remote.key(0).rkey(), remoteOffset, operations, local, localOffset, length)) {
            return BtlStatus.BACK_PRESSURE;
        }
        if (handler != null) {
            awaited.put(operations, handler);
            cookies.put(operations, cookie);
        }
        operations++;
        return BtlStatus.OK;
    }

    @Override
    public int get(
            int peer,
            RegisteredMemory local,
            long localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        return BtlStatus.UNSUPPORTED;
    }

    @Override
    public int getBytes(
            int peer,
            ByteBuffer local,
            int localOffset,
            MemoryHandle remote,
            long remoteOffset,
            int length,
            @Nullable CompletionHandler handler,
            long cookie) {
        return BtlStatus.UNSUPPORTED;
    }

    @Override
    public int fetchAdd(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle remote,
            long remoteOffset,
            long add,
            @Nullable CompletionHandler handler,
            long cookie) {
        return BtlStatus.UNSUPPORTED;
    }

    @Override
    public int compareSwap(
            int peer,
            RegisteredMemory result,
            long resultOffset,
            MemoryHandle remote,
            long remoteOffset,
            long compare,
            long swap,
            @Nullable CompletionHandler handler,
            long cookie) {
        return BtlStatus.UNSUPPORTED;
    }

    @Override
    public int progress() {
        if (isWithin) {
            return 0;
        }
        isWithin = true;
        int workDone = due.size();
        for (int i = 0; i < workDone; i++) {
            due.remove().run();
        }
        for (int rank = 0; rank < peers.length; rank++) {
            workDone += serve(rank);
        }
        isWithin = false;
        return workDone;
    }

    private int serve(int rank) {
        Peer peer = peers[rank];
        if (peer == null) {
            return 0;
        }
        try {
            peer.flush();
            ByteBuffer in = peer.received();
            if (in == null) {
                lose(rank, "it closed the connection");
                return 1;
            }
            int frames = 0;
            while (take(rank, peer, in)) {
                frames++;
            }
            peer.consumed();
            return frames;
        } catch (IOException e) {
            lose(rank, String.valueOf(e.getMessage()));
            return 1;
        }
    }

    private void lose(int rank, String why) {
        peers[rank] = null;
        if (!hasLeft[rank]) {
            String reason = "rank " + rank + " was lost: " + why;
            errors.onPeerError(new PeerError(rank, "localhost", 0, true, Cause.CONNECTION_LOST, reason));
        }
    }

    private boolean take(int rank, Peer peer, ByteBuffer in) {
        int at = in.position();
        if (in.remaining() < Peer.HEADER_BYTES || in.remaining() < Peer.HEADER_BYTES + in.getInt(at + 24)) {
            return false;
        }
        int kind = in.getInt();
        int argument = in.getInt();
        long offset = in.getLong();
        long cookie = in.getLong();
        int length = in.getInt();
        ByteBuffer data = Peer.view(in, length);
        in.position(in.position() + length);
        switch (kind) {
            case SEND -> {
                if (!forgetfulness.loses(argument)) {
                    handlers[argument].onMessage(
                            rank, argument, forgetfulness.message(argument, data, length), 0, length);
                }
            }
            case PUT -> {
                if (forgetfulness.keepsPut()) {
                    memories.get(argument).bytes().put((int) offset, data, 0, length);
                }
                due.add(() -> acknowledge(peer, cookie));
            }
            case ACKNOWLEDGE -> {
                CompletionHandler handler = awaited.remove(cookie);
                Long usersCookie = cookies.remove(cookie);
                if (handler != null && usersCookie != null) {
                    handler.onComplete(usersCookie, BtlStatus.OK);
                }
            }
            case LEAVE -> hasLeft[rank] = true;
            default -> throw new IllegalStateException("frame " + kind);
        }
        return true;
    }

    private void acknowledge(Peer peer, long cookie) {
        if (!peer.offer(ACKNOWLEDGE, 0, 0, cookie, null, 0, 0)) {
            due.add(() -> acknowledge(peer, cookie));
        }
    }

    @Override
    public void adopt() {}

    @Override
    public Map<String, Long> counters() {
        return Map.of();
    }

    @Override
    public void abort(int status, String message) {
        runtime.abort(status, message);
    }

    @Override
    public void close() {
        for (Peer peer : peers) {
            if (peer == null) {
                continue;
            }
            try {
                peer.offer(LEAVE, 0, 0, 0, null, 0, 0);
                for (int i = 0; i < 1_000 && !peer.isEmpty(); i++) {
                    peer.flush();
                }
                peer.close();
            } catch (IOException e) {
                // The peer is gone already.
            }
        }
        runtime.close();
    }
}
