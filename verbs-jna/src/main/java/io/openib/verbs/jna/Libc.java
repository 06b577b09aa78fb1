package io.openib.verbs.jna;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import org.jspecify.annotations.Nullable;

/** The few calls of the C library, by their own names. Its first use loads JNA. */
final class Libc {
    static final int RTLD_NOW = 2;
    static final int F_GETFD = 1;
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int O_NONBLOCK = 0x800;
    static final int EFD_NONBLOCK = O_NONBLOCK;
    static final short POLLIN = 1;
    static final short POLLERR = 8;
    static final short POLLHUP = 16;
    static final short POLLNVAL = 32;
    static final int EINTR = 4;

    static {
        Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private Libc() {}

    static native long dlopen(byte[] path, int flags);

    static native long dlsym(long handle, byte[] name);

    /** Copied at once: whatever the JVM itself looks up next would free the text. */
    static native @Nullable String dlerror();

    static native int poll(long fds, long count, int timeoutMs);

    static native int eventfd(int initial, int flags);

    static native long read(int fd, long buffer, long length);

    static native long write(int fd, long buffer, long length);

    static native int close(int fd);

    static native int fcntl(int fd, int command, long argument);

    /** The errno of this thread's last call through JNA. */
    static int errno() {
        return Native.getLastError();
    }

    /** A Java text as a C string. */
    static byte[] cString(String text) {
        byte[] raw = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return java.util.Arrays.copyOf(raw, raw.length + 1);
    }
}
