package io.openib.btl.openib;

import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;

/** Rounds of keepalive over the lanes of one module, some lanes at a time. */
final class Keepalive {
    private static final int LANES_AT_A_TIME = 64;

    private final FastPath path;
    private final long intervalNs;
    private long nextRoundNs;
    private int cursor = -1;

    /** {@code intervalNs} 0 posts none. */
    Keepalive(FastPath path, long intervalNs) {
        this.path = path;
        this.intervalNs = intervalNs;
        this.nextRoundNs = System.nanoTime() + intervalNs;
    }

    void tick(long nowNs) {
        if (intervalNs == 0) {
            return;
        }
        if (cursor < 0 && nowNs - nextRoundNs >= 0) {
            cursor = 0;
            nextRoundNs = nowNs + intervalNs;
        }
        for (int i = 0; i < LANES_AT_A_TIME && cursor >= 0; i++) {
            Lane lane = path.laneAt(cursor);
            if (lane != null) {
                path.keepAlive(lane);
            }
            cursor = cursor + 1 < path.slotLimit() ? cursor + 1 : -1;
        }
    }
}
