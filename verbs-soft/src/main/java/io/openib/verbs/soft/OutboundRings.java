package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rings in which this process completes receives of others, by target and inbox or directory. Thread-safe. */
final class OutboundRings {
    private final OwnArena own;
    private final FaultInjector faults;
    private final Map<Long, Map<Long, OutboundRing>> connected = new HashMap<>();
    private final Map<Long, Map<Long, OutboundRing>> datagrams = new HashMap<>();

    OutboundRings(OwnArena own, FaultInjector faults) {
        this.own = own;
        this.faults = faults;
    }

    private OutboundRing newRing(ArenaView target, long inbox) {
        return faults.hasPoint()
                ? WatchedRing.create(own, target, inbox, faults)
                : new OutboundRing(own, target, inbox);
    }

    /** The ring for the completions of a connection's peer. */
    synchronized OutboundRing forConnection(ArenaView target, long inbox) {
        Map<Long, OutboundRing> known = connected.computeIfAbsent(target.id(), any -> new HashMap<>());
        OutboundRing ring = known.get(inbox);
        if (ring != null && !ring.isCurrent()) {
            known.remove(inbox); // first, and for good: the next one may not come about
            ring.free();
            ring = null;
        }
        if (ring == null) {
            ring = newRing(target, inbox);
            known.put(inbox, ring);
        }
        return ring;
    }

    /** The ring for datagrams to queue pairs whose completions come by a directory; null when there is no place in it. */
    @Nullable
    synchronized OutboundRing forDatagrams(ArenaView target, long directory) {
        Map<Long, OutboundRing> known = datagrams.computeIfAbsent(target.id(), any -> new HashMap<>());
        OutboundRing ring = known.get(directory);
        if (ring == null) {
            boolean isAttached = PeerDirectory.isAttached(target);
            long inbox = isAttached ? DatagramDirectory.claim(target, directory, own.id(), faults) : 0;
            if (inbox == 0) {
                return null;
            }
            ring = newRing(target, inbox);
            known.put(directory, ring);
        }
        return ring;
    }

    /** Gives the memory of all rings to a dead peer back, when no queue pair is connected to it. */
    synchronized void forget(long targetId) {
        Map<Long, OutboundRing> ofConnections = connected.remove(targetId);
        if (ofConnections != null) {
            ofConnections.values().forEach(OutboundRing::retire);
        }
        Map<Long, OutboundRing> ofDatagrams = datagrams.remove(targetId);
        if (ofDatagrams != null) {
            ofDatagrams.values().forEach(OutboundRing::retire);
        }
    }
}
