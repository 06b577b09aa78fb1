package io.openib.verbs;

/** {@code enum ibv_wc_opcode}: what has completed. Constants, since they are read on the hot path. */
public final class WcOpcode {
    public static final int SEND = 0;
    public static final int RDMA_WRITE = 1;
    public static final int RDMA_READ = 2;
    public static final int COMP_SWAP = 3;
    public static final int FETCH_ADD = 4;

    /** This bit tells a receive from a send. */
    public static final int RECV = 128;

    public static final int RECV_RDMA_WITH_IMM = 129;

    private WcOpcode() {}
}
