package io.openib.cli.launch;

import java.io.PrintStream;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Prints sentences in a thread of its own: where they go to a pipe that nobody empties, whoever tells them is not kept. What
 * does not find room is lost.
 */
final class Teller implements AutoCloseable {
    private static final int MOST_WAITING = 256;
    private static final long LAST_MS = 1_000;

    private final PrintStream messages;
    private final ThreadPoolExecutor printer;

    Teller(PrintStream messages) {
        this.messages = messages;
        this.printer = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING),
                work -> {
                    Thread thread = new Thread(work, "openib-launcher-messages");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
    }

    void tell(String sentence) {
        printer.execute(() -> messages.println(sentence));
    }

    /** Waits until all is printed, {@value #LAST_MS} ms at most. */
    @Override
    public void close() {
        printer.shutdown();
        try {
            printer.awaitTermination(LAST_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
