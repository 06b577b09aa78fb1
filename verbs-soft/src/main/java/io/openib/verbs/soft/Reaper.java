package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.Attachments;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.PeerArena;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Takes back what dead peers hold here, so that a process goes on however many have come and gone: shared receives and the
 * number at once; inboxes when everything in them was polled; rings, mappings and files when besides no queue pair is
 * connected to the dead. The device thread does it; any thread may ask for it.
 */
final class Reaper implements DeviceThread.Attendant {
    private static final long CROWD_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final OwnArena own;
    private final PeerDirectory peers;
    private final OutboundRings rings;
    private final Elements elements;
    private final Runnable wakeUp;
    private final Map<Long, Integer> connections = new ConcurrentHashMap<>();
    private final Queue<Long> toLookAt = new ConcurrentLinkedQueue<>();
    private final Set<Long> dead = new HashSet<>();
    private volatile boolean isCrowded;

    /** Of the device thread. */
    private boolean isCallerGone;

    private long lastCrowdNs = System.nanoTime() - CROWD_EVERY_NS;

    /** What of this process a peer can hold something of. */
    interface Elements {
        Stream<SoftSrq> sharedQueues();

        Stream<SoftCq> completionQueues();
    }

    Reaper(OwnArena own, PeerDirectory peers, OutboundRings rings, Elements elements, Runnable wakeUp) {
        this.own = own;
        this.peers = peers;
        this.rings = rings;
        this.elements = elements;
        this.wakeUp = wakeUp;
    }

    /** A queue pair is about to be connected to an arena, before it has an inbox for it. */
    void connected(long arenaId) {
        connections.merge(arenaId, 1, Integer::sum);
    }

    /** It is not any more, and nothing of it runs. */
    void disconnected(long arenaId) {
        Integer left = connections.computeIfPresent(arenaId, (id, count) -> count == 1 ? null : count - 1);
        if (left == null) {
            lookAt(arenaId);
        }
    }

    /** Whether a queue pair is connected to an arena. */
    boolean isConnected(long arenaId) {
        return connections.containsKey(arenaId);
    }

    /** Something has changed for the dead: looks whether this process of an arena is, and what of it can go. */
    void lookAt(long arenaId) {
        if (arenaId != own.id() && arenaId != 0) {
            toLookAt.add(arenaId);
            wakeUp.run();
        }
    }

    /** A peer finds the table of who has attached full. */
    void onCrowded() {
        isCrowded = true;
    }

    @Override
    public void onDisconnected(PeerArena peer) {
        toLookAt.add(peer.id());
    }

    /** It may be one that this process has not met, which has sent a datagram that nobody has looked at. */
    @Override
    public void onCallerGone() {
        isCallerGone = true;
    }

    @Override
    public long run() {
        long crowdWaitNs =
                isCrowded || isCallerGone ? lastCrowdNs + CROWD_EVERY_NS - System.nanoTime() : Long.MAX_VALUE;
        if (crowdWaitNs <= 0) {
            boolean isEach = isCrowded;
            isCrowded = false;
            isCallerGone = false;
            lastCrowdNs = System.nanoTime();
            // The end of those that it has met is heard of one by one.
            Attachments.ids(own).stream()
                    .filter(id -> isEach || !peers.isMet(id))
                    .forEach(toLookAt::add);
        }
        for (Long id = toLookAt.poll(); id != null; id = toLookAt.poll()) {
            if (dead.contains(id) || !peers.isAlive(id)) {
                reap(id);
            }
        }
        return crowdWaitNs <= 0 ? Long.MAX_VALUE : crowdWaitNs;
    }

    private void reap(long id) {
        dead.add(id);
        elements.sharedQueues().forEach(srq -> srq.takeBack(claimer -> claimer == id));
        // No receive is signed with its number any more: those that wait unread are known by its id.
        Attachments.remove(own, id);
        List<SoftCq> queues = elements.completionQueues().toList();
        queues.forEach(cq -> cq.depart(id));
        if (!isConnected(id) && queues.stream().noneMatch(cq -> cq.hasRingOf(id))) {
            dead.remove(id);
            rings.forget(id);
            peers.forget(id);
        }
    }
}
