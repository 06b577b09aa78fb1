package io.openib.btl.openib.wire;

import io.openib.verbs.Gid;
import io.openib.verbs.GidType;
import io.openib.wireup.SchemeOffer;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a rank publishes of itself: where it runs, what it effectively runs with, and how each of its ports is reached.
 * Big-endian; texts and blobs have a length of two bytes before them, and so has each port, so that a later version may
 * add to its end:
 *
 * <pre>
 * magic 4 "OBTL" | version 1 | count of ports 1 | pid 8 | host | receive queues | max send 4
 * per port: length 2 | kind | exclusivity 4 | device | port 1 | device number 1 | flags 1 | MTU code 1 | contacts 1
 *   per contact: scheme | priority 1 | blob
 *   then GID 16 | speed in Mb/s 4 | bits of the subnet 1 | type of the GID 1 (from 1 on IB, RoCE v1, RoCE v2), which are 0 where they are missing
 * </pre>
 *
 * @param host the rank's host
 * @param pid its process id
 * @param receiveQueues its receive queues, every field written out
 * @param maxSendBytes its longest active message
 * @param ports its ports, best first; at most 255
 */
public record ModexMessage(String host, long pid, String receiveQueues, int maxSendBytes, List<PortContact> ports) {
    private static final int MAGIC = 0x4f42544c;
    private static final int VERSION = 3;
    private static final int MAX_COUNT = 255;
    private static final int FLAG_ATOMICS = 1;
    private static final int FLAG_ETHERNET = 2;

    /**
     * How one port is reached.
     *
     * @param kind the name of the provider of its device, such as {@code soft}: only ports of one kind reach each other
     * @param exclusivity the provider's: the best kind that both have is used
     * @param device the device's name
     * @param port its number
     * @param deviceNumber the rank's own number for the device, which memory handles name
     * @param hasAtomics whether peers may do atomics on the rank's memory by it; of devices that are atomic only each for itself, by one
     * @param mtu verbs' code of its path MTU
     * @param contacts the wireups that can reach it
     * @param gid the row of its GID table that it uses: of several ports, the nearest ones are paired
     * @param isEthernet its link layer: only ports of the same one reach each other
     * @param speedMbps 0 when unknown; of several ports, the quickest ones are paired
     * @param subnetBits of an IPv4 GID the leading ones that are its subnet's: those of one subnet are as near as each other; 0 when unknown
     * @param gidType of an Ethernet port the version of RoCE that it speaks: only ports of the same one reach each other; empty when unknown
     */
    public record PortContact(
            String kind,
            int exclusivity,
            String device,
            int port,
            int deviceNumber,
            boolean hasAtomics,
            int mtu,
            List<SchemeOffer> contacts,
            Gid gid,
            boolean isEthernet,
            int speedMbps,
            int subnetBits,
            Optional<GidType> gidType) {
        public PortContact {
            contacts = List.copyOf(contacts);
        }

        /** Whether it is the same port of the same peer. */
        public boolean isSamePort(PortContact other) {
            return deviceNumber == other.deviceNumber && port == other.port;
        }
    }

    /** The bytes are no such message. */
    public static final class FormatException extends Exception {
        private static final long serialVersionUID = 1L;

        FormatException(String why) {
            super(why);
        }
    }

    public ModexMessage {
        ports = List.copyOf(ports);
    }

    /**
     * The bytes to publish.
     *
     * @throws IllegalArgumentException if something is too long for its field
     */
    public byte[] encode() {
        GrowingBuffer out = new GrowingBuffer();
        out.putInt(MAGIC).putByte(VERSION).putByte(count(ports.size())).putLong(pid);
        out.putText(host).putText(receiveQueues).putInt(maxSendBytes);
        for (PortContact port : ports) {
            GrowingBuffer part = new GrowingBuffer();
            part.putText(port.kind)
                    .putInt(port.exclusivity)
                    .putText(port.device)
                    .putByte(port.port);
            part.putByte(port.deviceNumber).putByte(flags(port));
            part.putByte(port.mtu).putByte(count(port.contacts.size()));
            for (SchemeOffer contact : port.contacts) {
                part.putText(contact.scheme()).putByte(contact.priority()).putBlob(contact.blob());
            }
            out.putBlob(part.putLong(port.gid.subnetPrefix())
                    .putLong(port.gid.interfaceId())
                    .putInt(port.speedMbps)
                    .putByte(port.subnetBits)
                    .putByte(port.gidType.map(ModexMessage::code).orElse(0))
                    .toBytes());
        }
        return out.toBytes();
    }

    /**
     * Reads what a peer published.
     *
     * @throws FormatException if it is cut off, of another version, or something else altogether
     */
    public static ModexMessage decode(byte[] bytes) throws FormatException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.getInt() != MAGIC) {
                throw new FormatException("it does not begin as one");
            }
            int version = in.get();
            if (version != VERSION) {
                throw new FormatException("it has version " + version + ", this is version " + VERSION
                        + "; run the same release in all ranks");
            }
            int portCount = in.get() & 0xff;
            long pid = in.getLong();
            String host = text(in);
            String receiveQueues = text(in);
            int maxSendBytes = in.getInt();
            List<PortContact> ports = new ArrayList<>();
            for (int i = 0; i < portCount; i++) {
                ports.add(port(ByteBuffer.wrap(blob(in))));
            }
            return new ModexMessage(host, pid, receiveQueues, maxSendBytes, ports);
        } catch (BufferUnderflowException e) {
            throw new FormatException("it is cut off after " + bytes.length + " bytes");
        }
    }

    private static PortContact port(ByteBuffer in) {
        String kind = text(in);
        int exclusivity = in.getInt();
        String device = text(in);
        int port = in.get() & 0xff;
        int deviceNumber = in.get() & 0xff;
        int flags = in.get();
        int mtu = in.get() & 0xff;
        int contactCount = in.get() & 0xff;
        List<SchemeOffer> contacts = new ArrayList<>();
        for (int i = 0; i < contactCount; i++) {
            contacts.add(new SchemeOffer(text(in), in.get() & 0xff, blob(in)));
        }
        Gid gid = new Gid(in.getLong(), in.getLong());
        return new PortContact(
                kind,
                exclusivity,
                device,
                port,
                deviceNumber,
                (flags & FLAG_ATOMICS) != 0,
                mtu,
                contacts,
                gid,
                (flags & FLAG_ETHERNET) != 0,
                in.getInt(),
                in.hasRemaining() ? in.get() & 0xff : 0,
                gidType(in.hasRemaining() ? in.get() & 0xff : 0));
    }

    /** One that is not known here is none. */
    private static Optional<GidType> gidType(int code) {
        return Arrays.stream(GidType.values())
                .filter(type -> code(type) == code)
                .findFirst();
    }

    private static int code(GidType type) {
        return switch (type) {
            case IB -> 1;
            case ROCE_V1 -> 2;
            case ROCE_V2 -> 3;
        };
    }

    private static int flags(PortContact port) {
        return (port.hasAtomics ? FLAG_ATOMICS : 0) | (port.isEthernet ? FLAG_ETHERNET : 0);
    }

    private static int count(int count) {
        if (count > MAX_COUNT) {
            throw new IllegalArgumentException(count + " entries are more than " + MAX_COUNT);
        }
        return count;
    }

    private static String text(ByteBuffer in) {
        return new String(blob(in), StandardCharsets.UTF_8);
    }

    private static byte[] blob(ByteBuffer in) {
        int length = in.getShort() & 0xffff;
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}
