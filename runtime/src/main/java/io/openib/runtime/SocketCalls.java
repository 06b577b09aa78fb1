package io.openib.runtime;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The C library's calls on a socket, by number. Its first use loads JNA. */
final class SocketCalls {
    /** A peer that is gone is an error, never a signal. */
    static final int MSG_NOSIGNAL = 0x4000;

    static final int SHUT_RDWR = 2;
    static final short POLLIN = 1;
    static final short POLLOUT = 4;

    static {
        Native.register(SocketCalls.class, NativeLibrary.getProcess());
    }

    private SocketCalls() {}

    static native long recv(int fd, byte[] into, long length, int flags);

    static native long send(int fd, byte[] bytes, long length, int flags);

    private static native int poll(byte[] pollfd, long count, int timeoutMs);

    /** Returns when a descriptor is ready for an event, is shut down or in error, or for no reason at all. */
    static void await(int fd, short event) {
        byte[] pollfd = ByteBuffer.allocate(2 * Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(fd)
                .putShort(event)
                .array();
        poll(pollfd, 1, -1);
    }

    static native int shutdown(int fd, int how);

    static native int close(int fd);

    static native String strerror(int errno);

    /** Of this thread's last call. */
    static int errno() {
        return Native.getLastError();
    }

    /** For people. */
    static String lastError() {
        return strerror(errno());
    }
}
