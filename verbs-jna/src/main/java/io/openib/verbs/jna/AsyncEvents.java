package io.openib.verbs.jna;

import io.openib.verbs.AsyncEvent;
import io.openib.verbs.AsyncEventType;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.QueuePair;
import io.openib.verbs.SharedReceiveQueue;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a context's asynchronous events; each is acknowledged before it is handed out. A device that is removed under a
 * driver which says nothing of it ends in DEVICE_FATAL all the same.
 */
final class AsyncEvents {
    /** By their codes. */
    private static final CodeTable<AsyncEventType> TYPES = new CodeTable<>(AsyncEventType.values());

    private static final int EVENT_BYTES = 16;
    private static final int ELEMENT = 0;
    private static final int EVENT_TYPE = 8;
    private static final long LOOK_MS = 500;

    private final VerbsContext context;
    private final FdWait wait;
    private final RemovalWatch removal;
    private final NativeMemory event = NativeMemory.ofBytes(EVENT_BYTES);
    private volatile boolean isClosed;

    AsyncEvents(VerbsContext context, int fd, RemovalWatch removal) {
        this.context = context;
        this.wait = new FdWait(fd);
        this.removal = removal;
    }

    @Nullable
    AsyncEvent next(long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        AsyncEvent found = null;
        long leftMs = timeoutMs;
        do {
            if (isClosed) {
                return null;
            }
            found = wait.read(this::read, Math.min(leftMs, LOOK_MS));
            if (found == null && removal.isNews()) {
                found = new AsyncEvent(AsyncEventType.DEVICE_FATAL, null, 0);
            }
            leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
        } while (found == null && leftMs > 0);
        return found;
    }

    private @Nullable AsyncEvent read() {
        if (isClosed || context.ibv().getAsyncEvent(context.address(), event.address()) != 0) {
            return null;
        }
        ByteBuffer bytes = event.bytes();
        long element = bytes.getLong(ELEMENT);
        AsyncEventType type = TYPES.find(bytes.getInt(EVENT_TYPE));
        AsyncEvent found = type == null ? null : decode(type, element);
        context.ibv().ackAsyncEvent(event.address());
        return found;
    }

    /** Null for an event of an object that is being closed. */
    private @Nullable AsyncEvent decode(AsyncEventType type, long element) {
        return switch (type) {
            case CQ_ERR -> of(type, context.at(element, CompletionQueue.class));
            case QP_FATAL,
                    QP_REQ_ERR,
                    QP_ACCESS_ERR,
                    COMM_EST,
                    SQ_DRAINED,
                    PATH_MIG,
                    PATH_MIG_ERR,
                    QP_LAST_WQE_REACHED -> of(type, context.at(element, QueuePair.class));
            case SRQ_ERR, SRQ_LIMIT_REACHED -> of(type, context.at(element, SharedReceiveQueue.class));
            case PORT_ACTIVE, PORT_ERR, LID_CHANGE, PKEY_CHANGE, SM_CHANGE, CLIENT_REREGISTER, GID_CHANGE ->
                new AsyncEvent(type, null, (int) element);
            case DEVICE_FATAL -> {
                removal.stop();
                yield new AsyncEvent(type, null, 0);
            }
            case WQ_FATAL -> null; // an object that is not made here
        };
    }

    private static @Nullable AsyncEvent of(AsyncEventType type, @Nullable AutoCloseable element) {
        return element == null ? null : new AsyncEvent(type, element, 0);
    }

    /** Closes the context while nobody reads. */
    void close(Runnable closeContext) {
        isClosed = true;
        wait.close(closeContext);
    }
}
