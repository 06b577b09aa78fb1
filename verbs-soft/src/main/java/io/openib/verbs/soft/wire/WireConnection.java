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
    private boolean isDirty;

    WireConnection(WireLoop loop, SocketChannel socket, int interests, Owner owner) throws IOException {
        this.loop = loop;
        this.socket = socket;
        this.owner = owner;
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = socket.register(loop.selector(), interests, this);
    }

    /** The greeting is over: from now on there are frames. */
    void widen() {
        ByteBuffer wide = ByteBuffer.allocateDirect(OUT_BYTES);
        out.flip();
        wide.put(out);
        out = wide;
        in = ByteBuffer.allocateDirect(IN_BYTES);
    }

    boolean isOpen() {
        return socket.isOpen();
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
        return outgoing.wrap(out, out.position()).clear(payloadBytes);
    }

    @Override
    public void end() {
        out.position(out.position() + begunBytes);
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
        for (int i = 0; i < READS_AT_ONCE && socket.isOpen(); i++) {
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
        while (end - at >= Integer.BYTES && socket.isOpen()) {
            int length = in.getInt(at);
            if (!Packet.isLength(length)) {
                close("a frame of " + length + " bytes");
                return;
            }
            if (end - at < length || (!hasRoom() && !flushedRoom())) {
                break;
            }
            owner.onPacket(incoming.wrap(in, at));
            at += length;
        }
        in.flip().position(at);
        in.compact();
    }

    /** Whether there is room for an answer after all; while there is none, nothing more is read. */
    private boolean flushedRoom() throws IOException {
        flush();
        if (socket.isOpen() && !hasRoom()) {
            key.interestOps(SelectionKey.OP_WRITE);
            return false;
        }
        return true;
    }

    void flushNow() {
        isDirty = false;
        try {
            if (socket.isConnected()) {
                flush();
            }
        } catch (IOException e) {
            close(e.getMessage());
        }
    }

    private void flush() throws IOException {
        if (!socket.isOpen()) {
            return;
        }
        boolean wasStopped = key.interestOps() == SelectionKey.OP_WRITE;
        out.flip();
        socket.write(out);
        out.compact();
        boolean isBehind = out.position() > 0;
        boolean isStopped = wasStopped && !hasRoom();
        key.interestOps(
                isStopped ? SelectionKey.OP_WRITE : SelectionKey.OP_READ | (isBehind ? SelectionKey.OP_WRITE : 0));
        if (wasStopped && !isStopped) {
            takeFrames();
        }
    }

    void close(@Nullable String why) {
        if (socket.isOpen()) {
            loop.closeQuietly(socket);
            owner.onClosed(why);
        }
    }
}
