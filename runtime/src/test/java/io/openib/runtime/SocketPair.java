package io.openib.runtime;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** Two connected sockets by their numbers, as a launcher makes them before it starts a process. */
final class SocketPair {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;

    static {
        Native.register(SocketPair.class, NativeLibrary.getProcess());
    }

    private SocketPair() {}

    private static native int socketpair(int domain, int type, int protocol, int[] fds);

    static int[] open() {
        int[] fds = new int[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
            throw new AssertionError("socketpair: errno " + Native.getLastError());
        }
        return fds;
    }
}
