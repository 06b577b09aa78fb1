package io.openib.btl.openib;

import io.openib.btl.PeerAttributes;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.verbs.VerbsException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes the ways to peers: by which ports, or why by none. Of the owner. */
final class LinkMaker {
    private final PeerTable peers;
    private final Detours detours;
    private final List<OpenibModule> modules;
    private final Consumer<Link> onNoWay;

    /**
     * @param peers what peers have published
     * @param detours the ways that are left
     * @param modules in the order of the ports in our modex message
     * @param onNoWay hears of each peer that there is no way to
     */
    LinkMaker(PeerTable peers, Detours detours, List<OpenibModule> modules, Consumer<Link> onNoWay) {
        this.peers = peers;
        this.detours = detours;
        this.modules = List.copyOf(modules);
        this.onNoWay = onNoWay;
    }

    /** The way to a peer of whom is known what there is to know. */
    Link make(int peer) {
        PeerTable.Peer known = peers.peer(peer);
        ModexMessage message = known.message().orElse(null);
        if (message == null || !known.problem().isEmpty()) {
            String host = message == null ? "" : message.host();
            long pid = message == null ? 0 : message.pid();
            return noWay(new PeerAttributes(peer, host, pid, "", known.problem()), known.problem());
        }
        Optional<Route> best = peers.route(peer, message);
        if (best.isEmpty()) {
            String why = "rank " + peer + " on " + message.host() + " cannot be reached: it has " + kinds(message)
                    + ", this rank has " + kinds(peers.own()) + ", and only devices of one kind reach each other";
            return noWay(new PeerAttributes(peer, message.host(), message.pid(), "", why), why);
        }
        Optional<Route> next = detours.next(peer, message);
        if (next.isEmpty()) {
            PeerAttributes attributes = attributes(peer, message, best.get());
            String end = modules.get(best.get().ownPort()).end();
            return noWay(attributes, Link.name(attributes) + " cannot be reached any more: " + end);
        }
        return make(peer, message, next.get());
    }

    /** The way to a peer by these two ports. */
    Link make(int peer, ModexMessage message, Route route) {
        PeerAttributes attributes = attributes(peer, message, route);
        OpenibModule module = modules.get(route.ownPort());
        try {
            Link link = new Link(attributes, module, new Outbox(module.path(), peer), route);
            peers.take(peer, route);
            return link;
        } catch (VerbsException e) {
            return noWay(attributes, module.port().place() + " cannot be used: " + e.getMessage());
        }
    }

    private PeerAttributes attributes(int peer, ModexMessage message, Route route) {
        String place = modules.get(route.ownPort()).port().place();
        return new PeerAttributes(peer, message.host(), message.pid(), place, route.reason());
    }

    private Link noWay(PeerAttributes attributes, String why) {
        Link link = new Link(attributes, why);
        onNoWay.accept(link);
        return link;
    }

    private static String kinds(ModexMessage message) {
        return message.ports().stream()
                .map(port -> port.kind() + " (" + port.device() + ":" + port.port() + ")")
                .toList()
                .toString();
    }
}
