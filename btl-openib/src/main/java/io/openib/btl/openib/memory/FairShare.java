package io.openib.btl.openib.memory;

/**
 * How holders share a bounded number of things: each may always have one, and more as long as these are no more than are left. So no
 * number of holders that give nothing back, such as peers that have stopped, keeps another one from going on.
 */
public final class FairShare {
    private FairShare() {}

    /**
     * Whether a holder may take one more.
     *
     * @param held by it
     * @param left of those that all share; below zero where some have one beyond the bound
     */
    public static boolean allows(int held, int left) {
        return held == 0 || held <= left;
    }
}
