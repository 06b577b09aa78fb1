package io.openib.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** One connection to the server. Owned by the server's thread. */
final class Pmi1Session {

    static final int NO_RANK = -1;

    private static final int MAX_LINE_LENGTH = 2_048;
    private static final int MAX_UNSENT_BYTES = 1 << 20;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final long helloDeadlineNs;
    private final LineBuffer lines = new LineBuffer(MAX_LINE_LENGTH);
    private final Queue<ByteBuffer> unsent = new ArrayDeque<>();
    private int unsentBytes;
    private boolean isLast;
    private int rank = NO_RANK;
    private boolean isOurs;
    private boolean wantsNotices;

    Pmi1Session(SocketChannel channel, SelectionKey key, long helloDeadlineNs) {
        this.channel = channel;
        this.key = key;
        this.helloDeadlineNs = helloDeadlineNs;
    }

    void admit(int admittedRank, boolean isOurClient) {
        rank = admittedRank;
        isOurs = isOurClient;
    }

    void startNotices() {
        wantsNotices = true;
    }

    int rank() {
        return rank;
    }

    boolean isAdmitted() {
        return rank != NO_RANK;
    }

    boolean isOurs() {
        return isOurs;
    }

    boolean wantsNotices() {
        return wantsNotices;
    }

    long helloDeadlineNs() {
        return helloDeadlineNs;
    }

    @Nullable
    String offer(byte next) throws PmiFormatException {
        return lines.offer(next);
    }

    /** Returns -1 at the end of the stream. */
    int read(ByteBuffer buffer) throws IOException {
        return channel.read(buffer);
    }

    /** Sends a line, now or when the socket takes it. */
    void send(PmiLine line) throws IOException {
        if (isLast) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(line.bytes());
        unsent.add(bytes);
        unsentBytes += bytes.remaining();
        flush();
        if (unsentBytes > MAX_UNSENT_BYTES) {
            throw new IOException("it does not read its replies");
        }
    }

    /** Sends a last line; {@link #isDone} once it is out. */
    void sendLast(PmiLine line) throws IOException {
        send(line);
        isLast = true;
    }

    boolean isLast() {
        return isLast;
    }

    boolean isDone() {
        return isLast && unsent.isEmpty();
    }

    void flush() throws IOException {
        ByteBuffer next;
        while ((next = unsent.peek()) != null) {
            unsentBytes -= channel.write(next);
            if (next.hasRemaining()) {
                break;
            }
            unsent.remove();
        }
        key.interestOps(unsent.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }

    void close() {
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to release.
        }
    }

    @Override
    public String toString() {
        return isAdmitted() ? "rank " + rank : "a stranger";
    }
}
