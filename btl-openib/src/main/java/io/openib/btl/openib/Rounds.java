package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.CompletionHandler;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.fastpath.Room;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * What the owner does over and over: what waits for it, every path, and a look at the clock when a thread that has one says so, and now
 * and then.
 */
final class Rounds {
    private static final int TICK_ROUNDS = 256;

    private final Links links;
    private final OpenibModule[] modules;
    private final PendingCalls pending;
    private final OneSided oneSided;
    private final RoomWatch room;
    private final IntBinaryOperator roomOf = this::roomOf;
    private final FastPath anyPath;
    private boolean isUnderWay;
    private int roundsToTick = TICK_ROUNDS;
    private volatile boolean isTickDue;

    /**
     * @param links the ways to peers
     * @param modules whose clock this is
     * @param pending calls that wait for the owner
     * @param oneSided does those of them that are no messages
     * @param room who waits for room
     * @param anyPath to call completion handlers by
     */
    Rounds(
            Links links,
            List<OpenibModule> modules,
            PendingCalls pending,
            OneSided oneSided,
            RoomWatch room,
            FastPath anyPath) {
        this.links = links;
        this.modules = modules.toArray(OpenibModule[]::new);
        this.pending = pending;
        this.oneSided = oneSided;
        this.room = room;
        this.anyPath = anyPath;
    }

    /** Whether this is called from within a round, that is from a callback. Owner: to others it means nothing. */
    boolean isUnderWay() {
        return isUnderWay;
    }

    /** One round; returns how much was done. None if one is under way: a callback that calls again gets nothing done. */
    int next() {
        if (isUnderWay) {
            return 0;
        }
        isUnderWay = true;
        try {
            int work = links.hasNews() ? links.drainNews() : 0;
            if (!pending.isEmpty()) {
                work += pending.drain(this::isDone);
            }
            for (FastPath path : links.paths()) {
                work += path.progress();
            }
            if (--roundsToTick <= 0 || isTickDue) {
                tick();
            }
            if (room.isAwaited()) {
                work += room.tell(roomOf);
            }
            return work;
        } finally {
            isUnderWay = false;
        }
    }

    /** The next round looks at the clock. Any thread. */
    void tickDue() {
        isTickDue = true;
    }

    private void tick() {
        roundsToTick = TICK_ROUNDS;
        isTickDue = false;
        long now = System.nanoTime();
        for (OpenibModule module : modules) {
            module.tick(now);
        }
    }

    private int roomOf(int peer, int kinds) {
        int handed = pending.hasRoom(peer) ? kinds & Room.HANDED : 0;
        return handed | links.room(peer, kinds & ~Room.HANDED);
    }

    /** Does what has waited for the owner; BACK_PRESSURE or NOT_CONNECTED to try again in the next round. */
    private int run(Call call) {
        if (call.isGivenUp) {
            return BtlStatus.PEER_FAILED;
        }
        Link link = links.link(call.peer);
        if (call.kind == Call.Kind.CONNECT) {
            links.connectAnew(link);
            return BtlStatus.OK;
        }
        if (call.kind != Call.Kind.SEND) {
            return oneSided.run(call);
        }
        int code = links.connect(link);
        Outbox outbox = link.outbox;
        if (code != BtlStatus.OK || outbox == null) {
            return code != BtlStatus.OK ? code : BtlStatus.NOT_CONNECTED;
        }
        return outbox.send(call.tag, call.copied(), 0, call.length, call.handler, call.cookie);
    }

    private boolean isDone(Call call) {
        int code = run(call);
        if (code == BtlStatus.BACK_PRESSURE || code == BtlStatus.NOT_CONNECTED) {
            return false;
        }
        if (call.isOwners) {
            links.release(call);
        }
        CompletionHandler handler = call.handler;
        if (code != BtlStatus.OK && handler != null) {
            tellShortages();
            anyPath.complete(handler, call.cookie, code);
        }
        return true;
    }

    /** What there is no memory for fails after its peer was told of. */
    private void tellShortages() {
        for (FastPath path : links.paths()) {
            path.tellShortages();
        }
    }
}
