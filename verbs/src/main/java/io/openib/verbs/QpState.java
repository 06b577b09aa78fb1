package io.openib.verbs;

/** {@code enum ibv_qp_state}, in its order. */
public enum QpState {
    RESET,
    INIT,
    RTR,
    RTS,
    SQD,
    SQE,
    ERR
}
