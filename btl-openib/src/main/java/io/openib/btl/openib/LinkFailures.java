package io.openib.btl.openib;

import io.openib.btl.PeerError.Cause;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import java.util.Objects;
import java.util.Optional;

/** What becomes of a link when no connection comes about, when one is lost, or its device, or when there is no memory. Of the owner. */
final class LinkFailures {
    private final Links links;
    private final Events events;
    private final Spares spares;

    LinkFailures(Links links, Events events) {
        this.links = links;
        this.events = events;
        this.spares = new Spares(links);
    }

    /** The next send goes by the next way, where there is one; returns what there is to say of that. */
    private String detour(Link link) {
        Optional<Route> next = links.detours().next(link.peer(), links.message(link));
        Route before = Objects.requireNonNull(link.route);
        if (next.isEmpty() || next.get().isBetween(before.ownPort(), before.contact())) {
            return "";
        }
        PortContact contact = next.get().contact();
        Link fresh = links.replace(link, next.get());
        return fresh.verdict.isEmpty()
                ? "; the next attempt goes by " + fresh.attributes.device() + " to its " + contact.device() + ":"
                        + contact.port()
                : "; " + fresh.verdict;
    }

    /** No connection came about by this module. */
    void failed(OpenibModule module, int peer, boolean isOurs, WireupEvent event) {
        events.tell(event);
        Link link = links.known(peer);
        if (!isOurs || link == null || link.module != module) {
            return;
        }
        link.isConnecting = false;
        link.failures++;
        if (!links.isClosing() && link.isHoped()) {
            Route route = Objects.requireNonNull(link.route);
            links.detours().failed(peer, route);
            String next = detour(link);
            if (next.isEmpty()) {
                links.replace(link, route);
            }
            links.tell(link, Cause.UNREACHABLE, link.name() + " cannot be reached: " + event.reason() + next);
        }
        links.fail(link);
    }

    /** A connection by this module was lost. */
    void lost(OpenibModule module, Lane lane, String what) {
        Link link = links.known(lane.peer());
        // One that never came up is told of by the outcome of its attempt.
        if (link != null && link.module == module && link.lane == lane) {
            lose(link, what);
        } else if (link != null && link.spare != null && link.spare.lane() == lane) {
            link.spare = null;
        }
    }

    /** The connection of a link was lost. */
    void lose(Link link, String what) {
        if (spares.goOn(link, what)) {
            return;
        }
        link.isConnecting = false;
        link.failures++;
        link.drop();
        if (!links.isClosing() && !link.isGone) {
            Route route = Objects.requireNonNull(link.route);
            links.detours().lost(link.peer(), route);
            links.replace(link, route);
            links.tell(
                    link,
                    Cause.CONNECTION_LOST,
                    link.name() + " was lost on " + link.attributes.device() + ": " + what);
        }
        links.fail(link);
    }

    /** A module's device is gone: nothing goes that way any more. */
    void abandoned(OpenibModule module, String why) {
        for (int peer = 0; peer < links.size(); peer++) {
            Link link = links.known(peer);
            if (link != null && link.module == module && link.verdict.isEmpty() && !spares.goOn(link, why)) {
                abandon(link, why);
            }
        }
    }

    private void abandon(Link link, String why) {
        boolean wasOpen = links.mayConnect(link);
        boolean isUnderWay = link.isConnecting || link.lane != null;
        String loss = link.name() + " was lost on " + link.attributes.device() + ": " + why;
        link.isConnecting = false;
        if (wasOpen) {
            link.failures = 0; // that of the device is none of the peer's
        }
        link.verdict = link.name() + " cannot be reached any more: " + why;
        String told = link.lane == null ? link.verdict : loss;
        String next = detour(link);
        link.drop();
        boolean isOver = !links.mayConnect(links.link(link.peer()));
        if ((isUnderWay || (wasOpen && isOver)) && !links.isClosing() && !link.isGone) {
            links.tell(link, Cause.DEVICE_LOST, told + next);
        }
        links.fail(link);
    }

    /** There is no memory here for what goes to a peer by this module: that fails, and the connection stays. */
    void starved(OpenibModule module, int peer, String why) {
        Link link = links.known(peer);
        if (link != null && link.module == module && link.isHoped() && !links.isClosing()) {
            links.tell(link, Cause.NO_MEMORY, "nothing can be sent to " + link.name() + ": " + why);
        }
    }
}
