package io.openib.verbs.jna;

/** {@code struct rdma_cm_event}. */
final class CmEventLayout {
    static final int BYTES = 80;
    static final int ID = 0;
    static final int LISTEN_ID = 8;
    static final int EVENT = 16;
    static final int STATUS = 20;
    static final int PARAM = 24;

    private CmEventLayout() {}
}
