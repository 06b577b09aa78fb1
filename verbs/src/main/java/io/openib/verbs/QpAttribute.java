package io.openib.verbs;

/** {@code enum ibv_qp_attr_mask}: which attributes of a queue pair a modify sets. */
public enum QpAttribute {
    STATE(0),
    CUR_STATE(1),
    ACCESS_FLAGS(3),
    PKEY_INDEX(4),
    PORT(5),
    QKEY(6),
    AV(7),
    PATH_MTU(8),
    TIMEOUT(9),
    RETRY_CNT(10),
    RNR_RETRY(11),
    RQ_PSN(12),
    MAX_QP_RD_ATOMIC(13),
    MIN_RNR_TIMER(15),
    SQ_PSN(16),
    MAX_DEST_RD_ATOMIC(17),
    DEST_QPN(20);

    private final int bit;

    QpAttribute(int shift) {
        this.bit = 1 << shift;
    }

    /** The bit of {@code enum ibv_qp_attr_mask}. */
    public int bit() {
        return bit;
    }
}
