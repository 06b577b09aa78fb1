package io.openib.wireup.rdmacm;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The thread that waits for the connection manager's events and hands each to the control thread. */
final class EventPump implements AutoCloseable {
    private static final long WAIT_MS = 60_000;
    private static final long CLOSE_WAIT_MS = 2_000;

    private final CmEventChannel channel;
    private final Consumer<CmEvent> sink;
    private final Thread thread;
    private volatile boolean isClosed;

    /**
     * Starts the thread.
     *
     * @param sink must not block; called on the pump's thread
     */
    EventPump(CmEventChannel channel, String threadName, Consumer<CmEvent> sink) {
        this.channel = channel;
        this.sink = sink;
        thread = new Thread(this::pump, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    private void pump() {
        try {
            while (!isClosed) {
                CmEvent event = channel.next(WAIT_MS);
                if (event != null) {
                    sink.accept(event);
                }
            }
        } catch (InterruptedException e) {
            // nobody of ours interrupts it: whoever did wants it to end
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the thread, within a bound, then closes the channel with all its ids. */
    @Override
    public void close() {
        isClosed = true;
        channel.wakeup();
        try {
            TimeUnit.MILLISECONDS.timedJoin(thread, CLOSE_WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.close();
    }
}
