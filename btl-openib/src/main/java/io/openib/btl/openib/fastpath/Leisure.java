package io.openib.btl.openib.fastpath;

import org.jspecify.annotations.Nullable;

/**
 * What is done in rounds that have received nothing: receives of who was heard last are posted again, some at a time. Else a
 * message has to wait for a whole batch of them now and then, while a rank that waits for an answer has nothing to do.
 */
final class Leisure {
    private @Nullable Lane lane;
    private @Nullable PeerReceives receives;

    /** A message of this lane has been dealt with. */
    void heard(Lane from, PeerReceives its) {
        lane = from;
        receives = its;
    }

    /** A round has received nothing. What this does brings nobody on, so that it counts as no work. */
    void use() {
        Lane last = lane;
        PeerReceives its = receives;
        if (last == null || its == null) {
            return;
        }
        if (last.isFailed() || !its.hasIdleWork()) {
            lane = null;
            receives = null;
        } else {
            its.repostAtLeisure();
        }
    }
}
