package io.openib.verbs.jna;

/** {@code struct ibv_wc}. */
final class WcLayout {
    static final int BYTES = 48;
    static final int WR_ID = 0;
    static final int STATUS = 8;
    static final int OPCODE = 12;
    static final int VENDOR_ERR = 16;
    static final int BYTE_LEN = 20;
    /** In network order. */
    static final int IMM_DATA = 24;

    static final int QP_NUM = 28;
    static final int SRC_QP = 32;
    static final int WC_FLAGS = 36;

    private WcLayout() {}
}
