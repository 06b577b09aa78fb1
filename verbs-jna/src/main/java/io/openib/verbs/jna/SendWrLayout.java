package io.openib.verbs.jna;

/** {@code struct ibv_send_wr}, which begins with {@link WrLayout}. */
final class SendWrLayout {
    static final int BYTES = 128;
    static final int OPCODE = 28;
    static final int SEND_FLAGS = 32;
    /** In network order. */
    static final int IMM_DATA = 36;
    /** RDMA and atomics alike. */
    static final int REMOTE_ADDR = 40;

    static final int RDMA_RKEY = 48;
    static final int ATOMIC_COMPARE_ADD = 48;
    static final int ATOMIC_SWAP = 56;
    static final int ATOMIC_RKEY = 64;
    static final int UD_AH = 40;
    static final int UD_REMOTE_QPN = 48;
    static final int UD_REMOTE_QKEY = 52;

    private SendWrLayout() {}
}
