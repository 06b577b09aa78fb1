package io.openib.verbs.jna;

import static io.openib.verbs.jna.CheckFailure.require;

import io.openib.verbs.jna.calls.OpsPointers;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at an {@code ibv_context} before anything in it is believed: its head, size and tail (so the ops table between
 * them has the size known), then that each function pointer leads to code.
 */
final class ContextChecks {
    private static final int MAX_COMP_VECTORS = 4096;
    /** What {@code verbs_context} had before its {@code ibv_context} in rdma-core 13; it has only grown since. */
    private static final int LEAST_BEFORE_CONTEXT = 168;

    private static final long GREATEST_VERBS_CONTEXT = 4096;

    /** Where the hot calls lie, by the names of their slots. */
    private static final Map<String, Integer> OPS = new TreeMap<>(Map.of(
            "post_send", ContextLayout.OPS_POST_SEND,
            "post_recv", ContextLayout.OPS_POST_RECV,
            "post_srq_recv", ContextLayout.OPS_POST_SRQ_RECV,
            "poll_cq", ContextLayout.OPS_POLL_CQ,
            "req_notify_cq", ContextLayout.OPS_REQ_NOTIFY_CQ));

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

    /** The file of the provider: where the first of the hot calls lies that is not libibverbs' own; that one's if all are. */
    String provider(MemoryMap memoryMap, String library) {
        return OPS.values().stream()
                .flatMap(offset -> memoryMap.codeAt(pointer(offset)).stream())
                .filter(file -> !file.equals(library))
                .findFirst()
                .orElse(library);
    }

    /**
     * The hot calls' pointers, each seen to lead to code of one of these files. Providers leave some calls to libibverbs: to wake a
     * waiter, and those that a device has not.
     */
    OpsPointers verifiedPointers(MemoryMap memoryMap, List<String> files) {
        OPS.forEach((slot, offset) -> verify(memoryMap, files, slot, pointer(offset)));
        return new OpsPointers(
                pointer(ContextLayout.OPS_POST_SEND),
                pointer(ContextLayout.OPS_POST_RECV),
                pointer(ContextLayout.OPS_POST_SRQ_RECV),
                pointer(ContextLayout.OPS_POLL_CQ),
                pointer(ContextLayout.OPS_REQ_NOTIFY_CQ));
    }

    private static void verify(MemoryMap memoryMap, List<String> files, String slot, long pointer) {
        String file = memoryMap.codeAt(pointer).orElse("");
        require(
                files.contains(file),
                "ibv_context.ops." + slot,
                "a pointer into code of " + String.join(" or ", new LinkedHashSet<>(files)),
                hex(pointer) + (file.isEmpty() ? "" : " in " + file));
    }

    private long pointer(int offset) {
        return context.getLong(ContextLayout.OPS + offset);
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
