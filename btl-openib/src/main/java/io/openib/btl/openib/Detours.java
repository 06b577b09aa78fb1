package io.openib.btl.openib;

import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

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
            avoided.remove(route);
        }
    }

    /**
     * The way that a peer has taken to one of our ports. Where the queue pair does not tell the peer's port it is the best
     * one, but not the one that was lost.
     */
    Optional<Route> taken(int peer, ModexMessage message, OpenibModule module, @Nullable Gid from, Route before) {
        int ownPort = modules.indexOf(module);
        Optional<Route> told =
                of(peer, message, ownPort, (port, contact) -> contact.gid().equals(from));
        if (told.isPresent() || before.ownPort() == ownPort) {
            return told;
        }
        Optional<Route> other = of(peer, message, ownPort, (port, contact) -> !contact.equals(before.contact()));
        return other.isPresent() ? other : of(peer, message, ownPort, (port, contact) -> true);
    }

    private Optional<Route> of(
            int peer, ModexMessage message, int ownPort, BiPredicate<Integer, PortContact> isSought) {
        return peers.best(peer, message, (port, contact) -> port == ownPort && isSought.test(port, contact));
    }
}
