package io.openib.btl.openib;

import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.runtime.PeerDeath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What ends peers: their own word, or the launcher's. Of the owner. */
final class Ends {
    private static final Logger LOG = LoggerFactory.getLogger(Ends.class);

    private final Links links;
    private final Events events;

    Ends(Links links, Events events) {
        this.links = links;
        this.events = events;
    }

    /** The peer has closed, once all that it had accepted was here: its word is the last that is polled. */
    void left(Lane lane) {
        Link link = links.buriable(lane.peer());
        boolean isNews = !link.hasLeft && !links.isClosing();
        link.isGone = true;
        link.hasLeft = true;
        link.verdict = link.name() + " has left the job";
        Lane inUse = link.lane;
        if (inUse != null && inUse != lane && link.module != null) {
            link.module.retire(inUse); // it has ended that one before
        }
        link.drop();
        link.hearNoMore();
        if (isNews) {
            events.tellLeave(lane.peer());
        }
        links.fail(link);
    }

    /** The launcher says that a rank died; of one that has left, that it has failed all the same. */
    void died(PeerDeath death) {
        Link link = links.buriable(death.rank());
        boolean isNews = link.isHoped() || link.hasLeft;
        link.hasLeft = false;
        bury(
                link,
                new PeerError(death.rank(), death.host(), death.pid(), true, Cause.DIED, death.sentence()),
                isNews && !links.isClosing());
    }

    /** The launcher is gone, and the job with it: nothing is to be expected of any peer. */
    void launcherLost(int self, String why) {
        boolean isTold = !links.isClosing() && events.isHeard();
        if (!links.isClosing() && !isTold && links.size() > 1) {
            LOG.warn("{}; every peer counts as lost", why);
        }
        for (int peer = 0; peer < links.size(); peer++) {
            if (peer != self) {
                Link link = links.buriable(peer);
                PeerAttributes known = link.attributes;
                String reason = link.name() + " counts as lost: " + why;
                bury(
                        link,
                        new PeerError(peer, known.host(), known.pid(), true, Cause.LAUNCHER_LOST, reason),
                        isTold && link.isHoped());
            }
        }
    }

    private void bury(Link link, PeerError error, boolean isTold) {
        link.isGone = true;
        link.verdict = error.reason();
        Lane lane = link.lane;
        link.drop();
        link.hearNoMore();
        if (isTold) {
            events.tell(error);
        }
        if (lane != null && link.module != null) {
            link.module.retire(lane);
        }
        links.fail(link);
    }
}
