package io.openib.verbs.soft;

import io.openib.verbs.CompletionChannel;
import io.openib.verbs.CompletionQueue;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Events of completion queues, for one waiting thread. */
final class SoftChannel implements CompletionChannel {
    private final SoftDevice device;
    private final ArrayDeque<SoftCq> events = new ArrayDeque<>();
    private int users;
    private boolean isWoken;
    private boolean isClosed;

    SoftChannel(SoftDevice device) {
        this.device = device;
    }

    synchronized void attach() {
        users++;
    }

    synchronized void detach(SoftCq queue) {
        users--;
        events.removeIf(queue::equals);
    }

    synchronized void add(SoftCq queue) {
        events.add(queue);
        notifyAll();
    }

    @Override
    public synchronized @Nullable CompletionQueue await(long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (events.isEmpty() && !isWoken && !isClosed) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                return null;
            }
            TimeUnit.NANOSECONDS.timedWait(this, leftNs);
        }
        isWoken = false;
        return events.poll();
    }

    @Override
    public synchronized void wakeup() {
        isWoken = true;
        notifyAll();
    }

    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        if (users > 0) {
            throw new VerbsException(
                    "ibv_destroy_comp_channel", device.place(), Errno.EBUSY, users + " completion queues still use it");
        }
        isClosed = true;
        device.forget(this);
        notifyAll();
    }
}
