package io.openib.tests.system.foreign;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The socket to one rank: frames of {@code kind 4, argument 4, offset 8, cookie 8, length 4, bytes}. */
final class Peer {
    static final int HEADER_BYTES = 28;

    private final SocketChannel channel;
    private final ByteBuffer out;
    private final ByteBuffer in;

    Peer(SocketChannel channel, int queueBytes) throws IOException {
        this.channel = channel;
        this.out = ByteBuffer.allocateDirect(queueBytes);
        this.in = ByteBuffer.allocateDirect(queueBytes);
        channel.configureBlocking(false);
    }

    /** Queues a frame, if there is room. */
    boolean offer(int kind, int argument, long offset, long cookie, @Nullable ByteBuffer data, int from, int length) {
        if (out.remaining() < HEADER_BYTES + length) {
            return false;
        }
        out.putInt(kind).putInt(argument).putLong(offset).putLong(cookie).putInt(length);
        if (data != null) {
            out.put(out.position(), data, from, length);
            out.position(out.position() + length);
        }
        return true;
    }

    /** Writes what can be written. */
    void flush() throws IOException {
        if (out.position() > 0) {
            out.flip();
            channel.write(out);
            out.compact();
        }
    }

    /** Reads what has come; the buffer is ready to be read, {@link #consumed} follows. Null at the end of the stream. */
    @Nullable
    ByteBuffer received() throws IOException {
        int read = channel.read(in);
        in.flip();
        return read < 0 && in.remaining() < HEADER_BYTES ? null : in;
    }

    void consumed() {
        in.compact();
    }

    /** A view of the next bytes, in native order. */
    static ByteBuffer view(ByteBuffer in, int length) {
        return in.slice(in.position(), length).order(ByteOrder.nativeOrder());
    }

    boolean isEmpty() {
        return out.position() == 0;
    }

    void close() throws IOException {
        channel.close();
    }
}
