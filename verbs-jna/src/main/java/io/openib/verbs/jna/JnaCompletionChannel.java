package io.openib.verbs.jna;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** {@code struct ibv_comp_channel}. */
final class JnaCompletionChannel implements CompletionChannel {
    private static final int QUEUE = 0;
    private static final int USER_CONTEXT = 8;

    private final VerbsContext context;
    private final Handle handle;
    private final FdWait wait;
    private final NativeMemory event = NativeMemory.ofBytes(2 * Long.BYTES);
    private final AtomicInteger queues = new AtomicInteger();

    JnaCompletionChannel(VerbsContext context, long channel) {
        this.context = context;
        this.handle = new Handle(context.deviceName() + " completion channel", channel);
        int fd = NativeMemory.view(channel, ObjectLayouts.CHANNEL_BYTES).getInt(ObjectLayouts.CHANNEL_FD);
        this.wait = FdWait.of(fd, () -> context.ibv().destroyCompChannel(channel));
    }

    long address() {
        return handle.address();
    }

    void attach() {
        queues.incrementAndGet();
    }

    void detach() {
        queues.decrementAndGet();
    }

    @Override
    public @Nullable CompletionQueue await(long timeoutMs) throws InterruptedException {
        return handle.isClosed() ? null : wait.read(this::read, timeoutMs);
    }

    private @Nullable CompletionQueue read() {
        if (handle.isClosed()) {
            return null;
        }
        long at = event.address();
        if (context.ibv().getCqEvent(handle.address(), at + QUEUE, at + USER_CONTEXT) != 0) {
            return null;
        }
        long cq = event.bytes().getLong(QUEUE);
        context.ibv().ackCqEvents(cq, 1);
        return context.at(cq, JnaCompletionQueue.class);
    }

    @Override
    public void wakeup() {
        wait.wakeup();
    }

    @Override
    public void close() {
        if (handle.isClosed()) {
            return;
        }
        if (queues.get() > 0) {
            throw Failures.of("ibv_destroy_comp_channel", handle.place(), io.openib.verbs.Errno.EBUSY);
        }
        wait.close(() -> handle.close(
                "ibv_destroy_comp_channel",
                context.ibv()::destroyCompChannel,
                channel -> context.closed(channel, this)));
    }
}
