package io.openib.verbs;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A 128-bit global identifier, {@code union ibv_gid}, in network order.
 *
 * @param subnetPrefix the first eight bytes
 * @param interfaceId the last eight bytes
 */
public record Gid(long subnetPrefix, long interfaceId) {
    /** Bytes in a GID. */
    public static final int BYTES = 16;

    /** The empty row of a GID table. */
    public static final Gid ZERO = new Gid(0, 0);

    /**
     * The identifier that these bytes spell.
     *
     * @param raw 16 bytes in network order
     * @throws IllegalArgumentException for another length
     */
    public static Gid of(byte[] raw) {
        if (raw.length != BYTES) {
            throw new IllegalArgumentException("a GID has 16 bytes, not " + raw.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(raw);
        return new Gid(buffer.getLong(), buffer.getLong());
    }

    /** The GID that RoCE v2 derives from an address: itself for IPv6, mapped ({@code ::ffff:a.b.c.d}) for IPv4. */
    public static Gid of(InetAddress address) {
        byte[] raw = address.getAddress();
        if (raw.length == BYTES) {
            return of(raw);
        }
        byte[] mapped = new byte[BYTES];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(raw, 0, mapped, 12, raw.length);
        return of(mapped);
    }

    /** The 16 bytes in network order. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(subnetPrefix)
                .putLong(interfaceId)
                .array();
    }

    /** Whether this is an IPv4 address mapped as RoCE v2 does. */
    public boolean isIpv4Mapped() {
        return subnetPrefix == 0 && interfaceId >>> 32 == 0xffffL;
    }

    /** Whether this is link-local ({@code fe80::/10}), the wrong default on RoCE. */
    public boolean isLinkLocal() {
        return subnetPrefix >>> 54 == 0xfe80L >>> 6;
    }

    /** As an address: the IPv4 address for a mapped one, else the IPv6 address. */
    public InetAddress toAddress() {
        try {
            byte[] raw = toBytes();
            return InetAddress.getByAddress(isIpv4Mapped() ? Arrays.copyOfRange(raw, 12, BYTES) : raw);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    // Written out, as the compiler's own takes a cold process milliseconds.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Gid gid && subnetPrefix == gid.subnetPrefix && interfaceId == gid.interfaceId;
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(subnetPrefix) + Long.hashCode(interfaceId);
    }

    /** Eight groups of four hexadecimal digits, as {@code show_gids} prints it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(39);
        for (int shift = 48; shift >= 0; shift -= 16) {
            text.append(String.format("%04x:", subnetPrefix >>> shift & 0xffff));
        }
        for (int shift = 48; shift >= 0; shift -= 16) {
            text.append(String.format(shift == 0 ? "%04x" : "%04x:", interfaceId >>> shift & 0xffff));
        }
        return text.toString();
    }
}
