package io.openib.btl.openib;

import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;

/** Rounds of keepalive over the lanes of one module, some lanes at a time: as many as the time since the last look asks for. */
final class Keepalive {
    private static final int LANES_AT_A_TIME = 64;

    private final FastPath path;
    private final long intervalNs;
    private long nextRoundNs;
    private long lastTickNs;
    private int cursor = -1;

    /** The first round is one interval after the start; {@code intervalNs} 0 posts none. */
    Keepalive(FastPath path, long intervalNs, long startNs) {
        this.path = path;
        this.intervalNs = intervalNs;
        this.nextRoundNs = startNs + intervalNs;
        this.lastTickNs = startNs;
    }

    void tick(long nowNs) {
        if (intervalNs == 0) {
            return;
        }
        if (cursor < 0 && nowNs - nextRoundNs >= 0) {
            cursor = 0;
            nextRoundNs = nowNs + intervalNs;
        }
        int most = lanesDue(nowNs - lastTickNs);
        lastTickNs = nowNs;
        for (int i = 0; i < most && cursor >= 0; i++) {
            Lane lane = path.laneAt(cursor);
            if (lane != null) {
                path.keepAlive(lane);
            }
            cursor = cursor + 1 < path.slotLimit() ? cursor + 1 : -1;
        }
    }

    /** A round is through in half an interval, however far the looks are apart. */
    private int lanesDue(long elapsedNs) {
        double share = 2.0 * elapsedNs / intervalNs;
        return Math.max(LANES_AT_A_TIME, (int) (Math.min(1, share) * path.slotLimit()));
    }
}
