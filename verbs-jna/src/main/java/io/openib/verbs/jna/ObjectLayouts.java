package io.openib.verbs.jna;

/** The fields that are read of objects that libibverbs makes; each struct begins with its context. */
final class ObjectLayouts {
    static final int CONTEXT = 0;

    /** {@code struct ibv_device}: {@code transport_type}. */
    static final int DEVICE_TRANSPORT = 20;

    /** {@code struct ibv_mr}, 48 bytes. */
    static final int MR_BYTES = 48;

    static final int MR_LKEY = 36;
    static final int MR_RKEY = 40;

    /** {@code struct ibv_comp_channel}, 16 bytes. */
    static final int CHANNEL_BYTES = 16;

    static final int CHANNEL_FD = 8;

    /** The head of {@code struct ibv_cq}. */
    static final int CQ_BYTES = 32;

    static final int CQ_CQE = 28;

    /** The head of {@code struct ibv_qp}. */
    static final int QP_BYTES = 64;

    static final int QP_PD = 16;
    static final int QP_SEND_CQ = 24;
    static final int QP_RECV_CQ = 32;
    static final int QP_NUM = 52;

    private ObjectLayouts() {}
}
