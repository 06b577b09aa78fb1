package io.openib.verbs.jna;

/** {@code struct ibv_recv_wr}. */
final class RecvWrLayout {
    static final int BYTES = 32;
    static final int WR_ID = 0;
    static final int NEXT = 8;
    static final int SG_LIST = 16;
    static final int NUM_SGE = 24;

    private RecvWrLayout() {}
}
