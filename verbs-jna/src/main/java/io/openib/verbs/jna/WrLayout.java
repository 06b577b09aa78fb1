package io.openib.verbs.jna;

/** How {@code struct ibv_send_wr} and {@code struct ibv_recv_wr} both begin. */
final class WrLayout {
    static final int WR_ID = 0;
    static final int NEXT = 8;
    static final int SG_LIST = 16;
    static final int NUM_SGE = 24;

    private WrLayout() {}
}
