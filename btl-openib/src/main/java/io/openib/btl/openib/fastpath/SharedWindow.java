package io.openib.btl.openib.fastpath;

/** The sends that this process has under way on one shared queue, to all peers of a module together: {@code sd_max}. */
final class SharedWindow {
    private final int max;
    private int used;

    SharedWindow(int max) {
        this.max = max;
    }

    boolean isFull() {
        return used >= max;
    }

    void enter() {
        used++;
    }

    void leave() {
        used--;
    }
}
