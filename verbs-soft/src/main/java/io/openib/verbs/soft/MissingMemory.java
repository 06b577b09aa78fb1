package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.NoRoomException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Memory that was missing for the messages of one queue pair. Used by who runs its sends. */
final class MissingMemory {
    private static final Logger LOG = LoggerFactory.getLogger(MissingMemory.class);

    private boolean isTold;

    /** Tells of it, the first time; of what a peer lacks only whoever wants to know, since its end is told elsewhere. */
    void tell(SoftQp qp, RuntimeException why) {
        if (why instanceof NoRoomException && !isTold) {
            isTold = true;
            LOG.warn("soft: {}: a message cannot go now: {}", qp.place(), why.getMessage());
        } else {
            LOG.debug("soft: {}: a message cannot go now", qp.place(), why);
        }
    }
}
