package io.openib.btl.openib;

import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.GidType;
import io.openib.verbs.VerbsException;
import java.util.List;
import java.util.Optional;

/** Makes the ways to peers: by which ports, or why by none. Of the owner. */
final class LinkMaker {
    private final PeerTable peers;
    private final Detours detours;
    private final List<OpenibModule> modules;

    /**
     * @param peers what peers have published
     * @param detours the ways that are left
     * @param modules in the order of the ports in our modex message
     */
    LinkMaker(PeerTable peers, Detours detours, List<OpenibModule> modules) {
        this.peers = peers;
        this.detours = detours;
        this.modules = List.copyOf(modules);
    }

    /** The way to a peer of whom is known what there is to know. */
    Link make(int peer) {
        PeerTable.Peer known = peers.peer(peer);
        ModexMessage message = known.message().orElse(null);
        if (message == null || !known.problem().isEmpty()) {
            String host = message == null ? "" : message.host();
            long pid = message == null ? 0 : message.pid();
            return new Link(
                    new PeerAttributes(peer, host, pid, "", known.problem()), Cause.INCOMPATIBLE, known.problem());
        }
        Optional<Route> best = peers.route(peer, message);
        if (best.isEmpty()) {
            String why = "rank " + peer + " on " + message.host() + " cannot be reached: it has " + kinds(message)
                    + ", this rank has " + kinds(peers.own())
                    + ", and only ports of one kind reach each other that are " + PortPairs.ONE_NETWORK;
            return new Link(new PeerAttributes(peer, message.host(), message.pid(), "", why), Cause.INCOMPATIBLE, why);
        }
        Optional<Route> next = detours.next(peer, message);
        if (next.isEmpty()) {
            PeerAttributes attributes = attributes(peer, message, best.get());
            String end = modules.get(best.get().ownPort()).end();
            return new Link(
                    attributes, Cause.DEVICE_LOST, Link.name(attributes) + " cannot be reached any more: " + end);
        }
        return make(peer, message, next.get());
    }

    /** The way to a peer by these two ports. */
    Link make(int peer, ModexMessage message, Route route) {
        PeerAttributes attributes = attributes(peer, message, route);
        OpenibModule module = modules.get(route.ownPort());
        try {
            Outbox outbox = new Outbox(module.path(), peer);
            peers.take(peer, route);
            return new Link(attributes, module, outbox, route, detours.isUntried(peer, route));
        } catch (VerbsException e) {
            return new Link(
                    attributes, Cause.UNREACHABLE, module.port().place() + " cannot be used: " + e.getMessage());
        }
    }

    private PeerAttributes attributes(int peer, ModexMessage message, Route route) {
        String place = modules.get(route.ownPort()).port().place();
        return new PeerAttributes(peer, message.host(), message.pid(), place, route.reason());
    }

    private static String kinds(ModexMessage message) {
        return message.ports().stream()
                .map(port -> port.kind() + " (" + port.device() + ":" + port.port() + ", " + network(port) + ")")
                .toList()
                .toString();
    }

    private static String network(PortContact port) {
        return port.isEthernet()
                ? port.gidType().map(GidType::toString).orElse("Ethernet")
                : "InfiniBand subnet " + Long.toHexString(port.gid().subnetPrefix());
    }
}
