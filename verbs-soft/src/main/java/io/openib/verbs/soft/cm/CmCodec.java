package io.openib.verbs.soft.cm;

import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Messages as bytes, big-endian.
 *
 * <pre>
 *   0 +---------------------------+
 *     | magic "OBCM"              |
 *   4 +------+------+-------------+
 *     | vers | kind | body bytes  |
 *   8 +------+------+-------------+
 *     | REQ, REP: node GUID 8, GID 16, LID 2, MTU code 1, flags 1 (bit 0 SRQ), PSN 4, queue pair 4,
 *     |           responder resources 1, initiator depth 1, retries 1, RNR retries 1, private data (REQ 0..56, REP 0..196)
 *     | REJ:      reason 2, private data 0..148
 *     | others:   nothing
 * </pre>
 *
 * <p>Whatever the bytes are, decoding ends with a message, with "more is needed" or with {@link MalformedFrameException}.
 */
final class CmCodec {
    static final int HEADER_BYTES = 8;
    static final int MAGIC = 0x4f42434d;
    static final int VERSION = 1;

    private static final int OFFER_BYTES = 40;
    private static final CmMessageKind[] KINDS = CmMessageKind.values();

    /** Bytes of the longest frame. */
    static final int MAX_FRAME_BYTES = HEADER_BYTES + OFFER_BYTES + ConnectionManager.ACCEPT_PRIVATE_DATA;

    private CmCodec() {}

    /** The bytes did not come from a connection manager of this version. */
    static final class MalformedFrameException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedFrameException(String message) {
            super(message);
        }
    }

    /** A frame, ready to be written. */
    static ByteBuffer encode(CmMessage message) {
        ByteBuffer frame = ByteBuffer.allocate(MAX_FRAME_BYTES);
        frame.putInt(MAGIC).put((byte) VERSION).put(message.kind().code()).putShort((short) 0);
        if (message instanceof CmMessage.Request request) {
            putOffer(frame, request.offer());
        } else if (message instanceof CmMessage.Reply reply) {
            putOffer(frame, reply.offer());
        } else if (message instanceof CmMessage.Reject reject) {
            frame.putShort((short) reject.reason()).put(reject.privateData());
        }
        frame.putShort(HEADER_BYTES - 2, (short) (frame.position() - HEADER_BYTES));
        return frame.flip();
    }

    private static void putOffer(ByteBuffer frame, Offer offer) {
        ConnectionParameters parameters = offer.parameters();
        frame.putLong(offer.nodeGuid()).put(offer.gid().toBytes()).putShort((short) offer.lid());
        frame.put((byte) offer.pathMtu().code()).put((byte) (parameters.isSrq() ? 1 : 0));
        frame.putInt(offer.psn()).putInt(parameters.qpNumber());
        frame.put((byte) parameters.responderResources()).put((byte) parameters.initiatorDepth());
        frame.put((byte) parameters.retryCount()).put((byte) parameters.rnrRetryCount());
        frame.put(parameters.privateData());
    }

    /**
     * Takes the next message out of what has arrived.
     *
     * @param arrived from position to limit
     * @return null when the frame is not complete; the position is unchanged then
     */
    static @Nullable CmMessage decode(ByteBuffer arrived) throws MalformedFrameException {
        int start = arrived.position();
        if (arrived.remaining() < HEADER_BYTES) {
            checkPrefix(arrived);
            return null;
        }
        checkPrefix(arrived);
        int version = arrived.get(start + 4);
        int kind = arrived.get(start + 5);
        if (version != VERSION || kind < 0 || kind >= KINDS.length) {
            throw new MalformedFrameException("version " + version + ", kind " + kind);
        }
        int bodyBytes = Short.toUnsignedInt(arrived.getShort(start + 6));
        checkLength(KINDS[kind], bodyBytes);
        if (arrived.remaining() < HEADER_BYTES + bodyBytes) {
            return null;
        }
        ByteBuffer body = arrived.slice(start + HEADER_BYTES, bodyBytes);
        arrived.position(start + HEADER_BYTES + bodyBytes);
        return body(KINDS[kind], body);
    }

    private static void checkPrefix(ByteBuffer arrived) throws MalformedFrameException {
        int known = Math.min(Integer.BYTES, arrived.remaining());
        for (int i = 0; i < known; i++) {
            if (arrived.get(arrived.position() + i) != (byte) (MAGIC >>> (24 - 8 * i))) {
                throw new MalformedFrameException("no magic");
            }
        }
    }

    private static void checkLength(CmMessageKind kind, int bodyBytes) throws MalformedFrameException {
        int least =
                switch (kind) {
                    case REQ, REP -> OFFER_BYTES;
                    case REJ -> Short.BYTES;
                    case MRA, RTU, DREQ, DREP -> 0;
                };
        int privateData =
                switch (kind) {
                    case REQ -> ConnectionManager.CONNECT_PRIVATE_DATA;
                    case REP -> ConnectionManager.ACCEPT_PRIVATE_DATA;
                    case REJ -> ConnectionManager.REJECT_PRIVATE_DATA;
                    case MRA, RTU, DREQ, DREP -> 0;
                };
        if (bodyBytes < least || bodyBytes > least + privateData) {
            throw new MalformedFrameException(kind + " of " + bodyBytes + " bytes");
        }
    }

    private static CmMessage body(CmMessageKind kind, ByteBuffer body) throws MalformedFrameException {
        return switch (kind) {
            case REQ -> new CmMessage.Request(offer(body));
            case REP -> new CmMessage.Reply(offer(body));
            case REJ -> new CmMessage.Reject(Short.toUnsignedInt(body.getShort()), rest(body));
            case MRA -> CmMessage.Signal.MRA;
            case RTU -> CmMessage.Signal.RTU;
            case DREQ -> CmMessage.Signal.DREQ;
            case DREP -> CmMessage.Signal.DREP;
        };
    }

    private static Offer offer(ByteBuffer body) throws MalformedFrameException {
        long nodeGuid = body.getLong();
        byte[] gid = new byte[Gid.BYTES];
        body.get(gid);
        int lid = Short.toUnsignedInt(body.getShort());
        int mtu = body.get();
        int flags = body.get();
        int psn = body.getInt();
        int qpNumber = body.getInt();
        if (mtu < Mtu.MTU_256.code() || mtu > Mtu.MTU_4096.code() || (psn | qpNumber) >>> 24 != 0) {
            throw new MalformedFrameException("MTU " + mtu + ", PSN " + psn + ", queue pair " + qpNumber);
        }
        int responderResources = Byte.toUnsignedInt(body.get());
        int initiatorDepth = Byte.toUnsignedInt(body.get());
        int retryCount = body.get() & 7;
        int rnrRetryCount = body.get() & 7;
        ConnectionParameters parameters = new ConnectionParameters(
                rest(body), responderResources, initiatorDepth, retryCount, rnrRetryCount, (flags & 1) != 0, qpNumber);
        return new Offer(nodeGuid, Gid.of(gid), lid, Mtu.ofCode(mtu), psn, parameters);
    }

    private static byte[] rest(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }
}
