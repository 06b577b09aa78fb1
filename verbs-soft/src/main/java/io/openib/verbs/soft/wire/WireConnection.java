package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One TCP connection: first a greeting, then frames. Its buffers are bounded, and small until the greeting is over. */
final class WireConnection implements PacketSink {
    private static final int FRAME_BYTES = Packet.HEADER_BYTES + Packet.MAX_PAYLOAD;
    private static final int IN_BYTES = 2 * FRAME_BYTES;
    private static final int OUT_BYTES = 4 * FRAME_BYTES;
    private static final int GREETING_BYTES = 64;
    private static final int READS_AT_ONCE = 8;

    /** What becomes of a connection. */
    interface Owner {
        /** The greeting has so many bytes next; 0 when it is over. */
        int greetingBytes();

        /** A part of the greeting; false when it is none. */
        boolean onGreeting(byte[] message);

        void onPacket(Packet packet);

        /** Whether packets are answered, so that none is taken before there is room for one answer. */
        boolean isAnswering();

        /** Does what is due; gives the time until something else is, in nanoseconds. */
        long tend(long nowNs);

        /** It is closed. */
        void onClosed(@Nullable String why);
    }

    private final WireLoop loop;
    private final SocketChannel socket;
    private final SelectionKey key;
    private final Owner owner;
    private final Packet incoming = new Packet();
    private final Packet outgoing = new Packet();
    private ByteBuffer in = ByteBuffer.allocate(GREETING_BYTES);
    private ByteBuffer out = ByteBuffer.allocate(GREETING_BYTES);
    private int begunBytes;
    private int nextIn;
    private int nextOut;
    private boolean isDirty;
    private boolean isClosed;

    WireConnection(WireLoop loop, SocketChannel socket, int interests, Owner owner) throws IOException {
        this.loop = loop;
        this.socket = socket;
        this.owner = owner;
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = socket.register(loop.selector(), interests, this);
    }

    /** The greeting is over: from now on there are frames, of which the first each way have these numbers. */
    void widen(int firstIn, int firstOut) {
        nextIn = firstIn;
        nextOut = firstOut;
        ByteBuffer wide = ByteBuffer.allocateDirect(OUT_BYTES);
        out.flip();
        wide.put(out);
        out = wide;
        in = ByteBuffer.allocateDirect(IN_BYTES);
    }

    boolean isOpen() {
        return !isClosed;
    }

    void greet(byte[] message) {
        out.put(message);
        markDirty();
    }

    @Override
    public boolean hasRoom() {
        return out.remaining() >= FRAME_BYTES;
    }

    @Override
    public Packet begin(int payloadBytes) {
        begunBytes = Packet.HEADER_BYTES + payloadBytes;
        return outgoing.wrap(out, out.position()).clear(payloadBytes, nextOut);
    }

    @Override
    public void end() {
        out.position(out.position() + begunBytes);
        nextOut++;
        markDirty();
    }

    private void markDirty() {
        if (!isDirty) {
            isDirty = true;
            loop.flushLater(this);
        }
    }

    void onReady() {
        try {
            if (key.isConnectable()) {
                socket.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                markDirty();
            }
            if (key.isValid() && key.isReadable()) {
                read();
            }
            if (key.isValid() && key.isWritable()) {
                flush();
            }
        } catch (IOException e) {
            close(e.getMessage());
        }
    }

    private void read() throws IOException {
        for (int i = 0; i < READS_AT_ONCE && !isClosed; i++) {
            int room = owner.greetingBytes() == 0 ? in.remaining() : owner.greetingBytes() - in.position();
            in.limit(in.position() + room);
            int bytes = socket.read(in);
            in.limit(in.capacity());
            if (bytes < 0) {
                close("the peer closed it");
                return;
            }
            take();
            if (bytes < room) {
                return; // the socket had no more
            }
        }
    }

    private void take() throws IOException {
        int greeting = owner.greetingBytes();
        if (greeting > 0) {
            if (in.position() >= greeting) {
                byte[] message = new byte[greeting];
                in.flip().get(message).compact();
                if (!owner.onGreeting(message)) {
                    close("it is none of this job");
                }
            }
            return;
        }
        takeFrames();
    }

    private void takeFrames() throws IOException {
        int at = 0;
        int end = in.position();
        while (end - at >= Integer.BYTES && !isClosed) {
            int length = in.getInt(at);
            if (!Packet.isLength(length)) {
                close("a frame of " + length + " bytes");
                return;
            }
            if (end - at < length || (owner.isAnswering() && !hasRoom() && !flushedRoom())) {
                break;
            }
            if (incoming.wrap(in, at).frame() != nextIn++) {
                close("a frame out of turn");
                return;
            }
            owner.onPacket(incoming);
            at += length;
        }
        in.flip().position(at);
        in.compact();
    }

    /** Whether there is room for an answer after all; while there is none, nothing more is read. */
    private boolean flushedRoom() throws IOException {
        write();
        if (!isClosed && !hasRoom()) {
            key.interestOps(SelectionKey.OP_WRITE);
            return false;
        }
        return true;
    }

    long tend(long nowNs) {
        return owner.tend(nowNs);
    }

    /** Writes what can be written; says whether that made room where there was none. */
    boolean flushNow() {
        isDirty = false;
        boolean wasFull = !hasRoom();
        try {
            if (socket.isConnected()) {
                flush();
            }
        } catch (IOException e) {
            close(e.getMessage());
        }
        return wasFull && !isClosed && hasRoom();
    }

    private void flush() throws IOException {
        if (!isClosed && write()) {
            takeFrames();
        }
    }

    /** Writes what there is to write; says whether frames that were not taken for want of room can be taken again. */
    private boolean write() throws IOException {
        boolean wasStopped = key.interestOps() == SelectionKey.OP_WRITE;
        out.flip();
        socket.write(out);
        out.compact();
        boolean isBehind = out.position() > 0;
        boolean isStopped = wasStopped && !hasRoom();
        key.interestOps(
                isStopped ? SelectionKey.OP_WRITE : SelectionKey.OP_READ | (isBehind ? SelectionKey.OP_WRITE : 0));
        return wasStopped && !isStopped;
    }

    void close(@Nullable String why) {
        if (!isClosed) { // a channel that could not connect has closed itself
            isClosed = true;
            loop.closeQuietly(socket);
            owner.onClosed(why);
        }
    }
}
