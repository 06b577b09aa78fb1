package io.openib.wireup;

/**
 * The one thread of a port on which everything of its wireups happens, and its clock. Work that throws is logged and
 * hinders no other. {@link ControlThread} is a ready one; a test may bring a simulated one.
 */
public interface ControlExecutor {
    /**
     * Runs work soon, in the order given.
     *
     * @return false if it will not be run: the thread is over, or too much is waiting
     */
    boolean execute(Runnable work);

    /**
     * Runs work later; of work with one delay, in the order given. However much waits, it is taken, but by a thread that is
     * over.
     *
     * @param delayMs from now, in milliseconds
     * @return takes it back; has no effect once it has run; safe from any thread
     */
    Runnable schedule(long delayMs, Runnable work);

    /** Whether the thread is over: it takes nothing any more. */
    boolean isOver();

    /** A clock that never goes back, in nanoseconds from an arbitrary point. */
    long nanoTime();

    /** Whether the caller is this thread. */
    boolean isControlThread();
}
