package io.openib.verbs.jna;

import io.openib.verbs.cm.ConnectionParameters;
import java.nio.ByteBuffer;

/** {@code struct rdma_conn_param}. */
final class ConnParamLayout {
    static final int BYTES = 24;
    static final int PRIVATE_DATA = 0;
    static final int PRIVATE_DATA_LEN = 8;
    static final int RESPONDER_RESOURCES = 9;
    static final int INITIATOR_DEPTH = 10;
    static final int RETRY_COUNT = 12;
    static final int RNR_RETRY_COUNT = 13;
    static final int SRQ = 14;
    static final int QP_NUM = 16;

    private ConnParamLayout() {}

    /** The struct, with its private data behind it in the same block. */
    static NativeMemory of(ConnectionParameters parameters) {
        byte[] data = parameters.privateData();
        NativeMemory memory = NativeMemory.ofBytes(BYTES + data.length);
        ByteBuffer bytes = memory.bytes();
        bytes.put(BYTES, data);
        bytes.putLong(PRIVATE_DATA, data.length == 0 ? 0 : memory.address() + BYTES);
        bytes.put(PRIVATE_DATA_LEN, (byte) data.length);
        bytes.put(RESPONDER_RESOURCES, (byte) parameters.responderResources());
        bytes.put(INITIATOR_DEPTH, (byte) parameters.initiatorDepth());
        bytes.put(RETRY_COUNT, (byte) parameters.retryCount());
        bytes.put(RNR_RETRY_COUNT, (byte) parameters.rnrRetryCount());
        bytes.put(SRQ, (byte) (parameters.isSrq() ? 1 : 0));
        bytes.putInt(QP_NUM, parameters.qpNumber());
        return memory;
    }

    /** A copy of what lies at {@code at} and of the private data that it points to. */
    static ConnectionParameters read(ByteBuffer bytes, int at) {
        long pointer = bytes.getLong(at + PRIVATE_DATA);
        byte[] data = new byte[pointer == 0 ? 0 : unsigned(bytes, at + PRIVATE_DATA_LEN)];
        if (data.length > 0) {
            NativeMemory.view(pointer, data.length).get(0, data);
        }
        return new ConnectionParameters(
                data,
                unsigned(bytes, at + RESPONDER_RESOURCES),
                unsigned(bytes, at + INITIATOR_DEPTH),
                unsigned(bytes, at + RETRY_COUNT),
                unsigned(bytes, at + RNR_RETRY_COUNT),
                bytes.get(at + SRQ) != 0,
                bytes.getInt(at + QP_NUM));
    }

    private static int unsigned(ByteBuffer bytes, int at) {
        return Byte.toUnsignedInt(bytes.get(at));
    }
}
