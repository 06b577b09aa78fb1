package io.openib.verbs.jna;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** {@code struct sockaddr_in} and {@code sockaddr_in6} of Linux. */
final class SockaddrLayout {
    /** {@code struct sockaddr_storage}. */
    static final int BYTES = 128;

    static final int FAMILY = 0;
    /** In network order. */
    static final int PORT = 2;

    static final int IN_ADDR = 4;
    static final int IN6_ADDR = 8;
    static final int IN6_SCOPE_ID = 24;

    static final short AF_INET = 2;
    static final short AF_INET6 = 10;

    private static final int IN_BYTES = 4;
    private static final int IN6_BYTES = 16;

    private SockaddrLayout() {}

    static NativeMemory of(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        if (host == null) {
            throw Failures.invalid("rdma_resolve_addr", address.toString(), "the host name has no address");
        }
        NativeMemory memory = NativeMemory.ofBytes(BYTES);
        ByteBuffer bytes = memory.bytes();
        bytes.putShort(PORT, Short.reverseBytes((short) address.getPort()));
        if (host instanceof Inet6Address six) {
            bytes.putShort(FAMILY, AF_INET6);
            bytes.put(IN6_ADDR, six.getAddress());
            bytes.putInt(IN6_SCOPE_ID, six.getScopeId());
        } else {
            bytes.putShort(FAMILY, AF_INET);
            bytes.put(IN_ADDR, host.getAddress());
        }
        return memory;
    }

    /** Null when no address is there. */
    static @Nullable InetSocketAddress read(ByteBuffer bytes, int at) {
        short family = bytes.getShort(at + FAMILY);
        int port = Short.toUnsignedInt(Short.reverseBytes(bytes.getShort(at + PORT)));
        try {
            return switch (family) {
                case AF_INET ->
                    new InetSocketAddress(InetAddress.getByAddress(raw(bytes, at + IN_ADDR, IN_BYTES)), port);
                case AF_INET6 ->
                    new InetSocketAddress(
                            Inet6Address.getByAddress(
                                    null, raw(bytes, at + IN6_ADDR, IN6_BYTES), bytes.getInt(at + IN6_SCOPE_ID)),
                            port);
                default -> null;
            };
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] raw(ByteBuffer bytes, int at, int length) {
        byte[] raw = new byte[length];
        bytes.get(at, raw);
        return raw;
    }
}
