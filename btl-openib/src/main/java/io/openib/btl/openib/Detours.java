package io.openib.btl.openib;

import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pairs of ports by which a peer may be reached when the best one fails. Of the owner. */
final class Detours {
    private final PeerTable peers;
    private final List<OpenibModule> modules;
    private final Map<Integer, List<Route>> failed = new HashMap<>();
    /** Those on which something has failed since the last connection came about. */
    private final Map<Integer, List<Route>> tried = new HashMap<>();

    /** {@code modules} in the order of the ports in our modex message. */
    Detours(PeerTable peers, List<OpenibModule> modules) {
        this.peers = peers;
        this.modules = List.copyOf(modules);
    }

    /** The way on which nothing has failed yet, or all over again when each has; empty where no port of ours is left. */
    Optional<Route> next(int peer, ModexMessage message) {
        List<Route> avoided = failed.getOrDefault(peer, List.of());
        Optional<Route> fresh =
                peers.best(peer, message, (port, contact) -> isAlive(port) && !isAmong(avoided, port, contact));
        if (fresh.isPresent() || avoided.isEmpty()) {
            return fresh;
        }
        failed.remove(peer);
        return peers.best(peer, message, (port, contact) -> isAlive(port));
    }

    private boolean isAlive(int ownPort) {
        return modules.get(ownPort).end().isEmpty();
    }

    private static boolean isAmong(List<Route> routes, int ownPort, PortContact contact) {
        return routes.stream().anyMatch(route -> route.isBetween(ownPort, contact));
    }

    /** No connection came about on this way. */
    void failed(int peer, Route route) {
        failed.computeIfAbsent(peer, any -> new ArrayList<>()).add(route);
        lost(peer, route);
    }

    /** The connection on this way was lost; it may be the next way all the same. */
    void lost(int peer, Route route) {
        tried.computeIfAbsent(peer, any -> new ArrayList<>()).add(route);
    }

    /** Whether nothing has failed on this way since the last connection came about: hope that failures elsewhere do not end. */
    boolean isUntried(int peer, Route route) {
        return !isAmong(tried.getOrDefault(peer, List.of()), route.ownPort(), route.contact());
    }

    /** A connection came about on this way. */
    void connected(int peer, Route route) {
        tried.remove(peer);
        List<Route> avoided = failed.get(peer);
        if (avoided != null) {
            avoided.removeIf(other -> other.isBetween(route.ownPort(), route.contact()));
        }
    }

    /** The way that a peer has taken from one of its ports to one of ours; empty where no such two reach each other. */
    Optional<Route> taken(int peer, ModexMessage message, OpenibModule module, int peerPort) {
        if (peerPort >= message.ports().size()) {
            return Optional.empty();
        }
        int ownPort = modules.indexOf(module);
        PortContact from = message.ports().get(peerPort);
        return peers.best(peer, message, (port, contact) -> port == ownPort && contact.isSamePort(from));
    }
}
