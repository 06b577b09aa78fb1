package io.openib.verbs.soft;

import io.openib.verbs.testkit.End;

/** Ends of threads. */
final class Threads {
    private Threads() {}

    /** Waits for the end of a thread that has been told to end. */
    static void join(Thread thread) {
        try {
            thread.join(2 * End.WAIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new IllegalStateException(thread.getName() + " does not end");
        }
    }
}
