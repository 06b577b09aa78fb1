package io.openib.verbs.jna;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.jna.calls.HotCalls;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** {@code struct ibv_cq}. */
final class JnaCompletionQueue implements CompletionQueue {
    private final JnaDevice device;
    private final VerbsContext context;
    private final HotCalls calls;
    private final Handle handle;
    private final @Nullable JnaCompletionChannel channel;
    private final int cqe;

    /** The {@code ibv_cq} for the hot calls, 0 after it was closed. */
    private long live;

    JnaCompletionQueue(JnaDevice device, long cq, @Nullable JnaCompletionChannel channel) {
        this.device = device;
        this.context = device.context();
        this.calls = context.hotCalls();
        this.handle = new Handle(device.name() + " cq", cq);
        this.channel = channel;
        this.cqe = NativeMemory.view(cq, ObjectLayouts.CQ_BYTES).getInt(ObjectLayouts.CQ_CQE);
        this.live = cq;
        if (channel != null) {
            channel.attach();
        }
    }

    long address() {
        return handle.address();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int cqe() {
        return cqe;
    }

    @Override
    public @Nullable CompletionChannel channel() {
        return channel;
    }

    @Override
    public WorkCompletions newCompletions(int capacity) {
        return new JnaWorkCompletions(capacity);
    }

    @Override
    public int poll(WorkCompletions batch) {
        JnaWorkCompletions mine = (JnaWorkCompletions) batch;
        if (live == 0) {
            return -Errno.EINVAL;
        }
        try {
            int count = calls.pollCq(live, mine.capacity(), mine.address());
            return count >= 0 ? count : -Errno.EIO;
        } finally {
            Reference.reachabilityFence(mine);
        }
    }

    @Override
    public int requestNotify(boolean isSolicitedOnly) {
        if (channel == null || live == 0) {
            return -Errno.EINVAL;
        }
        return -Math.abs(calls.reqNotifyCq(live, isSolicitedOnly ? 1 : 0));
    }

    @Override
    public void close() {
        long before = live;
        live = 0;
        try {
            handle.close("ibv_destroy_cq", context.ibv()::destroyCq, this::gone);
        } catch (RuntimeException e) {
            live = before;
            throw e;
        }
    }

    private void gone(long cq) {
        context.closed(cq, this);
        if (channel != null) {
            channel.detach();
        }
    }

    @Override
    public String toString() {
        return handle.place();
    }
}
