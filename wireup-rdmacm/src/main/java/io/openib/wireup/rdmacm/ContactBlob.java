package io.openib.wireup.rdmacm;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener is, for the modex: version (1 byte, 1), port (2 bytes), address (4 or 16 bytes).
 */
final class ContactBlob {
    private static final byte VERSION = 1;
    private static final int ADDRESS_AT = 3;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private ContactBlob() {}

    static byte[] encode(InetSocketAddress listener) {
        byte[] address = listener.getAddress().getAddress();
        return ByteBuffer.allocate(ADDRESS_AT + address.length)
                .put(VERSION)
                .putShort((short) listener.getPort())
                .put(address)
                .array();
    }

    /** Null for what is none. */
    static @Nullable InetSocketAddress decode(byte[] blob) {
        int addressBytes = blob.length - ADDRESS_AT;
        if ((addressBytes != IPV4_BYTES && addressBytes != IPV6_BYTES) || blob[0] != VERSION) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(blob, 1, blob.length - 1);
        int port = Short.toUnsignedInt(bytes.getShort());
        byte[] address = new byte[addressBytes];
        bytes.get(address);
        try {
            return port == 0 ? null : new InetSocketAddress(InetAddress.getByAddress(address), port);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
