package io.openib.verbs;

/** What a device bounds: the {@code max_*} fields of {@code struct ibv_device_attr}, and the inline limit. */
public enum DeviceLimit {
    MAX_MR_BYTES,
    MAX_QP,
    MAX_QP_WR,
    MAX_SGE,
    MAX_CQ,
    MAX_CQE,
    MAX_MR,
    MAX_PD,
    MAX_QP_RD_ATOM,
    MAX_QP_INIT_RD_ATOM,
    MAX_AH,
    MAX_SRQ,
    MAX_SRQ_WR,
    MAX_SRQ_SGE,
    MAX_PKEYS,
    /** Not in {@code ibv_device_attr}: the most inline bytes a queue pair can be made with, 0 when unknown. */
    MAX_INLINE_DATA
}
