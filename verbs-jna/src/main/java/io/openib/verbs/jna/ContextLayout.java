package io.openib.verbs.jna;

/**
 * {@code struct ibv_context} on a 64-bit little-endian machine, the same from rdma-core 13 to 65. Its tail is the
 * platform's, because a mutex lies before it. {@link #VERBS_CONTEXT_SIZE} lies before it all, in the {@code verbs_context}
 * that ends with it.
 */
final class ContextLayout {
    static final int DEVICE = 0;
    static final int OPS = 8;
    static final int CMD_FD = 264;
    static final int ASYNC_FD = 268;
    static final int NUM_COMP_VECTORS = 272;

    /** {@code pthread_mutex_t}; {@code abi_compat} is all that follows it. */
    private static final int MUTEX = 280;

    /** {@code ibv_device.dev_name}: the name that the kernel's uverbs gave the device, such as uverbs0. */
    static final int DEVICE_DEV_NAME = 88;

    /** {@code verbs_context.sz}, before the context. */
    static final int VERBS_CONTEXT_SIZE = -8;

    /** Within {@code ibv_context_ops}. */
    static final int OPS_POLL_CQ = 88;

    static final int OPS_REQ_NOTIFY_CQ = 96;
    static final int OPS_POST_SRQ_RECV = 160;
    static final int OPS_POST_SEND = 200;
    static final int OPS_POST_RECV = 208;

    private ContextLayout() {}

    static int abiCompat(Platform platform) {
        return MUTEX + platform.mutexBytes;
    }

    static int bytes(Platform platform) {
        return abiCompat(platform) + Long.BYTES;
    }
}
