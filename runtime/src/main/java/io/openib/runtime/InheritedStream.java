package io.openib.runtime;

import java.io.IOException;
import java.util.Arrays;

/**
 * The socket that a launcher has opened for this process and named in {@code PMI_FD}. Java can open no descriptor by its
 * number, and /proc none that is a socket, so the calls of the C library are made through JNA, which is loaded for that alone.
 *
 * <p>The number is closed only when nobody reads any more: the kernel could give it to somebody else meanwhile.
 */
final class InheritedStream implements PmiStream {
    private static final int EINTR = 4;

    private final int fd;
    private final Object state = new Object();
    private boolean isClosing;
    private boolean isReading;
    private boolean isReleased;

    private InheritedStream(int fd) {
        this.fd = fd;
    }

    /** Takes the descriptor over. */
    static InheritedStream of(int fd) throws IOException {
        try {
            if (SocketCalls.send(fd, new byte[0], 0, SocketCalls.MSG_NOSIGNAL) < 0) {
                throw failed("send");
            }
            return new InheritedStream(fd);
        } catch (LinkageError e) {
            throw new IOException("JNA, which is needed for it, does not run here: " + e, e);
        }
    }

    private static IOException failed(String call) {
        return new IOException(call + ": " + SocketCalls.lastError());
    }

    @Override
    public int read(byte[] into) throws IOException {
        synchronized (state) {
            if (isClosing) {
                return -1;
            }
            isReading = true;
        }
        try {
            long count;
            do {
                count = SocketCalls.recv(fd, into, into.length, 0);
            } while (count < 0 && SocketCalls.errno() == EINTR);
            if (count < 0) {
                throw failed("recv");
            }
            return count == 0 ? -1 : Math.toIntExact(count);
        } finally {
            synchronized (state) {
                isReading = false;
                releaseIfIdle();
            }
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        byte[] left = bytes;
        while (left.length > 0) {
            long count;
            synchronized (state) {
                if (isClosing) {
                    throw new IOException("it was closed");
                }
                count = SocketCalls.send(fd, left, left.length, SocketCalls.MSG_NOSIGNAL);
            }
            if (count < 0 && SocketCalls.errno() != EINTR) {
                throw failed("send");
            }
            left = Arrays.copyOfRange(left, Math.toIntExact(Math.max(0, count)), left.length);
        }
    }

    @Override
    public void close() {
        synchronized (state) {
            if (!isClosing) {
                isClosing = true;
                SocketCalls.shutdown(fd, SocketCalls.SHUT_RDWR);
            }
            releaseIfIdle();
        }
    }

    private void releaseIfIdle() {
        if (isClosing && !isReading && !isReleased) {
            isReleased = true;
            SocketCalls.close(fd);
        }
    }
}
