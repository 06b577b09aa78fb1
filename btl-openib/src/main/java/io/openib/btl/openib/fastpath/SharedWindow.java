package io.openib.btl.openib.fastpath;

import io.openib.btl.openib.memory.FairShare;

/**
 * The sends that this process has under way on one shared queue, to all peers of a module together: {@code sd_max}, which they
 * {@linkplain FairShare share fairly}.
 */
final class SharedWindow {
    private final int max;
    private int used;

    SharedWindow(int max) {
        this.max = max;
    }

    /** Whether a peer that has so many under way has to wait. */
    boolean isFullFor(int held) {
        return !FairShare.allows(held, max - used);
    }

    void enter() {
        used++;
    }

    void leave() {
        used--;
    }
}
