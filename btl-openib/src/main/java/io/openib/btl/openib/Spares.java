package io.openib.btl.openib;

import io.openib.btl.PeerError.Cause;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.Lane;
import org.jspecify.annotations.Nullable;

/**
 * Which of two connections to a peer stays, where each side has made one, by different ports, and they cross: each may hear of another one
 * last, and were each to keep that, both would end. So the lower rank keeps the last and ends the other. The higher one hears both; it
 * sends by the last, and goes on by the other when the last ends. Of the owner.
 */
final class Spares {
    private final Links links;

    /**
     * The other connection.
     *
     * @param module by which it came
     * @param route the two ports that it joins
     * @param lane that is up
     */
    record Spare(OpenibModule module, Route route, Lane lane) {}

    Spares(Links links) {
        this.links = links;
    }

    /** A connection gives way to that of the link which has taken its link's place; {@code decides} says whether our rank is the lower one. */
    static void giveWay(Link old, @Nullable Lane lane, Link fresh, boolean decides) {
        OpenibModule module = old.module;
        Route route = old.route;
        if (lane == null || module == null || route == null) {
            return; // there was none
        }
        if (decides) {
            module.retire(lane); // what it has received is still delivered
        } else {
            fresh.keep(new Spare(module, route, lane));
        }
    }

    /** The connection in use is over: goes on by the other one, if there is one that is alive. */
    boolean goOn(Link link, String why) {
        Spare spare = link.spare;
        link.spare = null;
        boolean isUsable = spare != null
                && !links.isClosing()
                && link.isHoped()
                && spare.module().end().isEmpty()
                && spare.module().path().putUp(spare.lane());
        if (spare == null || !isUsable) {
            return false;
        }
        if (link.route != null) {
            links.detours().lost(link.peer(), link.route);
        }
        link.drop();
        Link fresh = links.replace(link, spare.route());
        fresh.lane = spare.lane();
        if (fresh.outbox != null) {
            fresh.outbox.use(spare.lane());
        }
        links.tell(
                fresh,
                Cause.RECONNECTED,
                link.name() + " was lost on " + link.attributes.device() + ": " + why + "; its other connection, by "
                        + fresh.attributes.device() + ", goes on");
        links.fail(link);
        return true;
    }
}
