package io.openib.verbs.jna;

/** {@code struct ibv_qp_init_attr}. */
final class QpInitAttrLayout {
    static final int BYTES = 64;
    static final int SEND_CQ = 8;
    static final int RECV_CQ = 16;
    static final int SRQ = 24;
    static final int CAP = 32;
    static final int QP_TYPE = 52;
    static final int SQ_SIG_ALL = 56;

    private QpInitAttrLayout() {}
}
