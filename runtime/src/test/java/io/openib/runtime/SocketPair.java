package io.openib.runtime;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** Two connected sockets by their numbers, as a launcher makes them before it starts a process. */
final class SocketPair {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;

    static {
        Native.register(SocketPair.class, NativeLibrary.getProcess());
    }

    private SocketPair() {}

    private static native int socketpair(int domain, int type, int protocol, int[] fds);

    static int[] open() {
        return open(SOCK_STREAM);
    }

    /** Calls on them return at once, with EAGAIN where they would wait. */
    static int[] nonBlocking() {
        return open(SOCK_STREAM | SOCK_NONBLOCK);
    }

    private static int[] open(int type) {
        int[] fds = new int[2];
        if (socketpair(AF_UNIX, type, 0, fds) != 0) {
            throw new AssertionError("socketpair: errno " + Native.getLastError());
        }
        return fds;
    }
}
