package io.openib.wireup;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.wireup.HandshakeMessage.Failure;
import io.openib.wireup.HandshakeMessage.Offer;
import io.openib.wireup.HandshakeMessage.QueuePairEnd;
import io.openib.wireup.HandshakeMessage.Status;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields of a message: type 2, length 2, value. */
final class HandshakeFields {
    static final int JOB = 0x01;
    static final int ROUTE = 0x02;
    static final int STATUS = 0x03;
    static final int ADDRESS = 0x10;
    static final int QUEUE_PAIRS = 0x11;
    static final int LIMITS = 0x12;
    static final int RECEIVE_QUEUES = 0x13;
    static final int SIZE = 0x14;
    static final int FAILURE = 0x20;
    static final int MAC = 0xff;

    private static final int OPTIONAL = 0x8000;
    private static final int QUEUE_PAIR_BYTES = 8;
    private static final int NUMBER_MASK = 0xffffff;

    private HandshakeFields() {}

    /** Appends fields to a buffer. */
    static final class Writer {
        private final ByteBuffer out;

        Writer(ByteBuffer out) {
            this.out = out;
        }

        void write(byte[] jobId, HandshakeMessage message) {
            field(JOB, jobId.length).put(jobId);
            field(ROUTE, 32)
                    .putInt(message.source().rank())
                    .putInt(message.destination().rank())
                    .putInt(message.module())
                    .putInt(message.from())
                    .putLong(message.generation())
                    .putInt(message.attempt())
                    .putInt(message.peerAttempt());
            field(STATUS, 2).put((byte) message.status().code()).put((byte)
                    message.heard().code());
            Offer offer = message.offer();
            if (offer != null) {
                write(offer);
            }
            Failure failure = message.failure();
            if (failure != null) {
                byte[] text = failure.text().getBytes(StandardCharsets.UTF_8);
                int length = Math.min(text.length, HandshakeCodec.MAX_TEXT);
                field(FAILURE, 1 + length).put((byte) failure.reason().code()).put(text, 0, length);
            }
        }

        private void write(Offer offer) {
            PortAddress address = offer.address();
            field(ADDRESS, 20)
                    .putShort((short) address.lid())
                    .put((byte) (address.isGrhRequired() ? 1 : 0))
                    .put((byte) offer.port())
                    .put(address.gid().toBytes());
            field(QUEUE_PAIRS, offer.ends().size() * QUEUE_PAIR_BYTES);
            for (QueuePairEnd end : offer.ends()) {
                out.putInt(end.number()).putInt(end.psn());
            }
            EffectiveConfiguration configuration = offer.configuration();
            field(LIMITS, 12)
                    .putShort((short) offer.maxRdAtomic())
                    .putShort((short) offer.maxDestRdAtomic())
                    .putInt(configuration.version())
                    .putInt(configuration.mtu().code());
            text(RECEIVE_QUEUES, configuration.receiveQueues());
            configuration.sizes().forEach((name, value) -> {
                byte[] raw = name.getBytes(StandardCharsets.US_ASCII);
                field(SIZE, Long.BYTES + raw.length).putLong(value).put(raw);
            });
        }

        private void text(int type, String text) {
            byte[] raw = text.getBytes(StandardCharsets.US_ASCII);
            field(type, raw.length).put(raw);
        }

        private ByteBuffer field(int type, int length) {
            return out.putShort((short) type).putShort((short) length);
        }
    }

    /** Reads fields in any order; each but {@link #SIZE} comes once. */
    static final class Reader {
        private final ByteBuffer in;
        private final Set<Integer> seen = new HashSet<>();
        private final Map<String, Long> sizes = new TreeMap<>();
        private byte[] job = {};
        private int source;
        private int destination;
        private int module;
        private int from;
        private long generation;
        private int attempt;
        private int peerAttempt;
        private Status status = Status.NONE;
        private Status heard = Status.NONE;
        private @Nullable PortAddress address;
        private int port;
        private List<QueuePairEnd> ends = List.of();
        private int maxRdAtomic;
        private int maxDestRdAtomic;
        private int version;
        private Mtu mtu = Mtu.MTU_256;
        private String receiveQueues = "";
        private @Nullable Failure failure;

        Reader(ByteBuffer in) {
            this.in = in;
        }

        HandshakeMessage read(byte[] jobId) throws HandshakeFormatException {
            while (in.hasRemaining()) {
                int type = in.getShort() & 0xffff;
                int length = in.getShort() & 0xffff;
                ByteBuffer value = in.slice(in.position(), Math.min(length, in.remaining()));
                if (value.remaining() != length) {
                    throw new HandshakeFormatException("field " + type + " is cut off");
                }
                in.position(in.position() + length);
                if (!seen.add(type) && type != SIZE) {
                    throw new HandshakeFormatException("field " + type + " comes twice");
                }
                readField(type, value);
            }
            if (!Arrays.equals(job, jobId)) {
                throw new HandshakeFormatException("it is of another job");
            }
            return message();
        }

        private HandshakeMessage message() throws HandshakeFormatException {
            require(ROUTE);
            require(STATUS);
            Offer offer = null;
            if (status != Status.FAILED) {
                require(QUEUE_PAIRS);
                require(LIMITS);
                require(RECEIVE_QUEUES);
                PortAddress from = address;
                if (from == null || status == Status.NONE || attempt == 0) {
                    throw new HandshakeFormatException("it offers nothing");
                }
                var configuration = EffectiveConfiguration.of(version, receiveQueues, mtu, sizes);
                offer = new Offer(from, port, ends, maxRdAtomic, maxDestRdAtomic, configuration);
            }
            return new HandshakeMessage(
                    new PeerName(source),
                    new PeerName(destination),
                    module,
                    from,
                    generation,
                    attempt,
                    peerAttempt,
                    status,
                    heard,
                    offer,
                    failure);
        }

        private void require(int type) throws HandshakeFormatException {
            if (!seen.contains(type)) {
                throw new HandshakeFormatException("field " + type + " is missing");
            }
        }

        private void readField(int type, ByteBuffer value) throws HandshakeFormatException {
            switch (type) {
                case JOB -> job = bytes(value);
                case ROUTE -> {
                    source = value.getInt();
                    destination = value.getInt();
                    module = value.getInt();
                    from = value.getInt();
                    generation = value.getLong();
                    attempt = value.getInt();
                    peerAttempt = value.getInt();
                }
                case STATUS -> {
                    status = status(value.get());
                    heard = status(value.get());
                }
                case ADDRESS -> {
                    int lid = value.getShort() & 0xffff;
                    boolean isGrhRequired = value.get() != 0;
                    port = value.get() & 0xff;
                    address = new PortAddress(lid, Gid.of(bytes(value)), isGrhRequired);
                }
                case QUEUE_PAIRS -> ends = ends(value);
                case LIMITS -> {
                    maxRdAtomic = value.getShort() & 0xffff;
                    maxDestRdAtomic = value.getShort() & 0xffff;
                    version = value.getInt();
                    mtu = Mtu.ofCode(value.getInt());
                }
                case RECEIVE_QUEUES -> receiveQueues = text(value);
                case SIZE -> {
                    long size = value.getLong();
                    sizes.put(text(value), size);
                }
                case FAILURE -> {
                    var reason = WireupFailure.Reason.ofCode(value.get());
                    failure = new Failure(reason, text(value));
                }
                default -> {
                    if ((type & OPTIONAL) == 0) {
                        throw new HandshakeFormatException("field " + type + " is of a later version");
                    }
                }
            }
        }

        private static Status status(int code) throws HandshakeFormatException {
            for (Status status : Status.values()) {
                if (status.code() == code) {
                    return status;
                }
            }
            throw new HandshakeFormatException("there is no status " + code);
        }

        private static List<QueuePairEnd> ends(ByteBuffer value) {
            List<QueuePairEnd> found = new ArrayList<>();
            while (value.hasRemaining()) {
                found.add(new QueuePairEnd(value.getInt() & NUMBER_MASK, value.getInt() & NUMBER_MASK));
            }
            return found;
        }

        private static byte[] bytes(ByteBuffer value) {
            byte[] raw = new byte[value.remaining()];
            value.get(raw);
            return raw;
        }

        /** As UTF-8, without what could disturb a terminal. */
        private static String text(ByteBuffer value) {
            return new String(bytes(value), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
        }
    }
}
