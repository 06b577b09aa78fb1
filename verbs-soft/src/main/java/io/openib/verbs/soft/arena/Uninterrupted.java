package io.openib.verbs.soft.arena;

import java.io.IOException;

/**
 * Input and output that a pending interrupt of the calling thread does not end: its channels would be closed, and a program
 * that is about to be interrupted would take a peer for dead. The interrupt is pending again afterwards.
 */
final class Uninterrupted {
    /** What is done. */
    interface Call<T> {
        T run() throws IOException;
    }

    private Uninterrupted() {}

    static <T> T call(Call<T> call) throws IOException {
        boolean wasInterrupted = Thread.interrupted();
        try {
            return call.run();
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
