package io.openib.verbs;

/** {@code enum ibv_gid_type}, in its order. */
public enum GidType {
    IB,
    ROCE_V1,
    ROCE_V2
}
