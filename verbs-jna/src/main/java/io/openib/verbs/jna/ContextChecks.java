package io.openib.verbs.jna;

import static io.openib.verbs.jna.CheckFailure.require;

import io.openib.verbs.jna.calls.OpsPointers;
import java.nio.ByteBuffer;

/**
 * Looks at an {@code ibv_context} before anything in it is believed: its head, size and tail (so the ops table between
 * them has the size known), then that each function pointer leads to code.
 */
final class ContextChecks {
    private static final int MAX_COMP_VECTORS = 4096;
    /** What {@code verbs_context} had before its {@code ibv_context} in rdma-core 13; it has only grown since. */
    private static final int LEAST_BEFORE_CONTEXT = 168;

    private static final long GREATEST_VERBS_CONTEXT = 4096;

    /** {@code __VERBS_ABI_IS_EXTENDED}. */
    private static final long IS_EXTENDED = -1;

    private final ByteBuffer context;
    private final long contextAddress;
    private final Platform platform;

    ContextChecks(long contextAddress, Platform platform) {
        this.contextAddress = contextAddress;
        this.platform = platform;
        this.context = NativeMemory.view(contextAddress, ContextLayout.bytes(platform));
    }

    /**
     * @param device the {@code ibv_device} that was opened
     */
    void verifyLayout(long device) {
        long found = context.getLong(ContextLayout.DEVICE);
        require(found == device, "ibv_context.device", hex(device), hex(found));
        verifyFd("ibv_context.cmd_fd", ContextLayout.CMD_FD);
        verifyFd("ibv_context.async_fd", ContextLayout.ASYNC_FD);
        int vectors = context.getInt(ContextLayout.NUM_COMP_VECTORS);
        require(
                vectors >= 1 && vectors <= MAX_COMP_VECTORS,
                "ibv_context.num_comp_vectors",
                "1 to " + MAX_COMP_VECTORS,
                vectors);
        long abi = context.getLong(ContextLayout.abiCompat(platform));
        require(abi == IS_EXTENDED, "ibv_context.abi_compat", hex(IS_EXTENDED), hex(abi));
        verifySize();
    }

    private void verifySize() {
        int least = LEAST_BEFORE_CONTEXT + ContextLayout.bytes(platform);
        long size = NativeMemory.view(contextAddress + ContextLayout.VERBS_CONTEXT_SIZE, Long.BYTES)
                .getLong(0);
        require(
                size % Long.BYTES == 0 && size >= least && size <= GREATEST_VERBS_CONTEXT,
                "verbs_context.sz",
                "a multiple of 8 from " + least + " to " + GREATEST_VERBS_CONTEXT,
                size);
    }

    private void verifyFd(String field, int offset) {
        int fd = context.getInt(offset);
        require(fd >= 0 && Libc.fcntl(fd, Libc.F_GETFD, 0) >= 0, field, "an open file descriptor", fd);
    }

    /** The hot calls' pointers, each seen to lead to code. */
    OpsPointers verifiedPointers(MemoryMap memoryMap) {
        return new OpsPointers(
                verified(memoryMap, "post_send", ContextLayout.OPS_POST_SEND),
                verified(memoryMap, "post_recv", ContextLayout.OPS_POST_RECV),
                verified(memoryMap, "post_srq_recv", ContextLayout.OPS_POST_SRQ_RECV),
                verified(memoryMap, "poll_cq", ContextLayout.OPS_POLL_CQ),
                verified(memoryMap, "req_notify_cq", ContextLayout.OPS_REQ_NOTIFY_CQ));
    }

    private long verified(MemoryMap memoryMap, String slot, int offset) {
        long pointer = context.getLong(ContextLayout.OPS + offset);
        require(
                pointer != 0 && memoryMap.isExecutable(pointer),
                "ibv_context.ops." + slot,
                "a pointer into code",
                hex(pointer));
        return pointer;
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
