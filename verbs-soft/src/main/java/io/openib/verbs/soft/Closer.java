package io.openib.verbs.soft;

import org.jspecify.annotations.Nullable;

/** Closes one thing after the other, though some cannot be: nothing stays open because of what comes before it. */
final class Closer {
    private @Nullable Throwable failure;

    /** Closes one more. A failure is kept. */
    void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Throwable e) {
            if (failure == null) {
                failure = e;
            } else if (failure != e) {
                failure.addSuppressed(e);
            }
        }
    }

    /** The first failure, in which the later ones are suppressed; null when there was none. */
    @Nullable
    Throwable failure() {
        return failure;
    }
}
