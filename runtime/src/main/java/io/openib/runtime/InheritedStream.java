package io.openib.runtime;

import java.io.IOException;
import java.util.Arrays;

/**
 * The socket that a launcher has opened for this process and named in {@code PMI_FD}. Java can open no descriptor by its
 * number, and /proc none that is a socket, so the calls of the C library are made through JNA, which is loaded for that alone.
 *
 * <p>The number is closed only when no call uses it any more: the kernel could give it to somebody else meanwhile. A launcher may have
 * made the socket non-blocking, which its owner alone may change: then calls wait for it by {@code poll}.
 */
final class InheritedStream implements PmiStream {
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;

    private final int fd;
    private final Object state = new Object();
    private boolean isClosing;
    private int users;
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
        if (!enter()) {
            return -1;
        }
        try {
            long count = SocketCalls.recv(fd, into, into.length, 0);
            while (count < 0) {
                awaitRetry("recv", SocketCalls.POLLIN);
                count = SocketCalls.recv(fd, into, into.length, 0);
            }
            return count == 0 ? -1 : Math.toIntExact(count);
        } finally {
            leave();
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        if (!enter()) {
            throw new IOException("it was closed");
        }
        try {
            byte[] left = bytes;
            while (left.length > 0) {
                long count = SocketCalls.send(fd, left, left.length, SocketCalls.MSG_NOSIGNAL);
                if (count < 0) {
                    awaitRetry("send", SocketCalls.POLLOUT);
                }
                left = Arrays.copyOfRange(left, Math.toIntExact(Math.max(0, count)), left.length);
            }
        } finally {
            leave();
        }
    }

    /** After a call that failed: returns when it may be made again. A shutdown ends the wait, too. */
    private void awaitRetry(String call, short event) throws IOException {
        int errno = SocketCalls.errno();
        if (errno == EAGAIN) {
            SocketCalls.await(fd, event);
        } else if (errno != EINTR) {
            throw failed(call);
        }
    }

    private boolean enter() {
        synchronized (state) {
            users += isClosing ? 0 : 1;
            return !isClosing;
        }
    }

    private void leave() {
        synchronized (state) {
            users--;
            releaseIfIdle();
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
        if (isClosing && users == 0 && !isReleased) {
            isReleased = true;
            SocketCalls.close(fd);
        }
    }
}
