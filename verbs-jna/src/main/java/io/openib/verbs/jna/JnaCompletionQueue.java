package io.openib.verbs.jna;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Device;
import io.openib.verbs.DeviceLimit;
import io.openib.verbs.Errno;
import io.openib.verbs.WorkCompletions;
import io.openib.verbs.jna.calls.HotCalls;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** {@code struct ibv_cq}. */
final class JnaCompletionQueue implements CompletionQueue {
    private static final String RESIZE = "ibv_resize_cq";

    /** What libraries say for EOPNOTSUPP whose provider has no such call, before version 25. */
    private static final int ENOSYS = 38;

    private final JnaDevice device;
    private final VerbsContext context;
    private final HotCalls calls;
    private final Handle handle;
    private final @Nullable JnaCompletionChannel channel;
    private volatile int cqe;

    /** The provider may hold the queue's lock for as long as the kernel takes. */
    private volatile boolean isBeingResized;

    /** The {@code ibv_cq} for the hot calls, 0 after it was closed. */
    private long live;

    JnaCompletionQueue(JnaDevice device, long cq, @Nullable JnaCompletionChannel channel) {
        this.device = device;
        this.context = device.context();
        this.calls = context.hotCalls();
        this.handle = new Handle(device.name() + " cq", cq);
        this.channel = channel;
        this.cqe = entriesOf(cq);
        this.live = cq;
        if (channel != null) {
            channel.attach();
        }
    }

    private static int entriesOf(long cq) {
        return NativeMemory.view(cq, ObjectLayouts.CQ_BYTES).getInt(ObjectLayouts.CQ_CQE);
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
    public void resize(int entries) {
        long most = device.attributes().limit(DeviceLimit.MAX_CQE);
        if (entries < 1 || entries > most) {
            throw Failures.invalid(RESIZE, handle.place(), entries + " entries are not within 1 to " + most);
        }
        long cq = handle.address();
        int result = context.quirks().canTryToResize() ? resize(cq, entries) : Errno.EOPNOTSUPP;
        Failures.check(result == ENOSYS ? Errno.EOPNOTSUPP : result, RESIZE, handle.place());
        cqe = entriesOf(cq);
    }

    /**
     * Says so to whoever polls. A poll that has looked just before, and takes longer to get to the lock than this does, waits for
     * it as if nothing had been said; the resize ends all the same.
     */
    private int resize(long cq, int entries) {
        isBeingResized = true;
        try {
            return context.ibv().resizeCq(cq, entries);
        } finally {
            isBeingResized = false;
        }
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
            int count = isBeingResized
                    ? calls.pollLockedCq(live, mine.capacity(), mine.address())
                    : calls.pollCq(live, mine.capacity(), mine.address());
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
