package io.openib.verbs.jna;

/** {@code struct rdma_cm_id}. */
final class CmIdLayout {
    static final int BYTES = 416;
    static final int VERBS = 0;
    /** {@code route.addr.src_addr}. */
    static final int SRC_ADDR = 32;
    /** {@code route.addr.dst_addr}. */
    static final int DST_ADDR = 160;

    static final int PORT_NUM = 348;

    /** {@code RDMA_PS_TCP}. */
    static final int PORT_SPACE_TCP = 0x106;

    private CmIdLayout() {}
}
