package io.openib.verbs.jna;

/** {@code struct ibv_recv_wr}, which is {@link WrLayout} alone. */
final class RecvWrLayout {
    static final int BYTES = 32;

    private RecvWrLayout() {}
}
