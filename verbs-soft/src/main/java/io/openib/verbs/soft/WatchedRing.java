package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;

/** A ring of a process with a fault point. It is loaded only there: while it is not, {@link OutboundRing#pass} costs nothing. */
final class WatchedRing extends OutboundRing {
    private final FaultInjector faults;

    WatchedRing(OwnArena own, ArenaView target, long inboxAddress, FaultInjector faults) {
        super(own, target, inboxAddress);
        this.faults = faults;
    }

    @Override
    void pass(FaultPoint point) {
        faults.pass(point);
    }
}
