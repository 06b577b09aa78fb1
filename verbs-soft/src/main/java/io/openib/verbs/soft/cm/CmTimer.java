package io.openib.verbs.soft.cm;

/** Something that the agent's thread runs once, under the agent's lock, unless it is cancelled before. */
final class CmTimer implements Comparable<CmTimer> {
    private final long deadlineNs;
    private final Runnable action;
    private boolean isCancelled;

    CmTimer(long deadlineNs, Runnable action) {
        this.deadlineNs = deadlineNs;
        this.action = action;
    }

    /** By {@link System#nanoTime()}. */
    long deadlineNs() {
        return deadlineNs;
    }

    boolean isCancelled() {
        return isCancelled;
    }

    void cancel() {
        isCancelled = true;
    }

    void run() {
        if (!isCancelled) {
            isCancelled = true;
            action.run();
        }
    }

    @Override
    public int compareTo(CmTimer other) {
        return Long.signum(deadlineNs - other.deadlineNs);
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
