package io.openib.verbs.jna;

import io.openib.verbs.QpCapabilities;
import java.nio.ByteBuffer;

/** {@code struct ibv_qp_cap}. */
final class QpCapLayout {
    static final int BYTES = 20;
    static final int MAX_SEND_WR = 0;
    static final int MAX_RECV_WR = 4;
    static final int MAX_SEND_SGE = 8;
    static final int MAX_RECV_SGE = 12;
    static final int MAX_INLINE_DATA = 16;

    private QpCapLayout() {}

    static void write(ByteBuffer memory, int at, QpCapabilities capabilities) {
        memory.putInt(at + MAX_SEND_WR, capabilities.maxSendWr());
        memory.putInt(at + MAX_RECV_WR, capabilities.maxRecvWr());
        memory.putInt(at + MAX_SEND_SGE, capabilities.maxSendSge());
        memory.putInt(at + MAX_RECV_SGE, capabilities.maxRecvSge());
        memory.putInt(at + MAX_INLINE_DATA, capabilities.maxInlineData());
    }

    static QpCapabilities read(ByteBuffer memory, int at) {
        return new QpCapabilities(
                memory.getInt(at + MAX_SEND_WR),
                memory.getInt(at + MAX_RECV_WR),
                memory.getInt(at + MAX_SEND_SGE),
                memory.getInt(at + MAX_RECV_SGE),
                memory.getInt(at + MAX_INLINE_DATA));
    }
}
