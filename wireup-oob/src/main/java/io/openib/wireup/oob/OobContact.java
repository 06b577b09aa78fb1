package io.openib.wireup.oob;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a process listens, as it publishes it. On the wire, big-endian: version 1 (1 byte), number of addresses (1), TCP port
 * (2), module (4), and each address as its length (1) and its bytes.
 *
 * @param addresses at which peers may reach it, the best first
 * @param tcpPort of its listener
 * @param module which of its modules is meant: a random number
 */
record OobContact(List<InetAddress> addresses, int tcpPort, int module) {
    private static final byte VERSION = 1;
    private static final int MOST = 16;
    private static final int HEADER_BYTES = 8;
    private static final int LONGEST_ADDRESS = 16;

    OobContact {
        addresses = List.copyOf(addresses.subList(0, Math.min(MOST, addresses.size())));
    }

    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + addresses.size() * (1 + LONGEST_ADDRESS));
        out.put(VERSION).put((byte) addresses.size()).putShort((short) tcpPort).putInt(module);
        for (InetAddress address : addresses) {
            byte[] raw = address.getAddress();
            out.put((byte) raw.length).put(raw);
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /**
     * Reads what a peer published.
     *
     * @throws IllegalArgumentException if it is no such thing
     */
    static OobContact decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int version = in.get();
            int count = in.get();
            if (version != VERSION || count < 1 || count > MOST) {
                throw new IllegalArgumentException("version " + version + " with " + count + " addresses");
            }
            int tcpPort = in.getShort() & 0xffff;
            int module = in.getInt();
            List<InetAddress> addresses = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] raw = new byte[Math.min(LONGEST_ADDRESS, in.get() & 0xff)];
                in.get(raw);
                addresses.add(InetAddress.getByAddress(raw));
            }
            return new OobContact(addresses, tcpPort, module);
        } catch (BufferUnderflowException | UnknownHostException e) {
            throw new IllegalArgumentException("malformed after " + bytes.length + " bytes", e);
        }
    }

    /** One of the addresses: another one with each turn. */
    InetSocketAddress address(int turn) {
        return new InetSocketAddress(addresses.get(Math.floorMod(turn, addresses.size())), tcpPort);
    }
}
