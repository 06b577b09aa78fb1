package io.openib.verbs.jna;

/** {@code struct ibv_srq_init_attr} and the {@code struct ibv_srq_attr} in it. */
final class SrqInitAttrLayout {
    static final int BYTES = 24;
    static final int ATTR = 8;

    static final int ATTR_BYTES = 16;
    static final int ATTR_MAX_WR = 0;
    static final int ATTR_MAX_SGE = 4;
    static final int ATTR_SRQ_LIMIT = 8;

    /** {@code IBV_SRQ_LIMIT} of {@code enum ibv_srq_attr_mask}. */
    static final int MASK_LIMIT = 2;

    private SrqInitAttrLayout() {}
}
