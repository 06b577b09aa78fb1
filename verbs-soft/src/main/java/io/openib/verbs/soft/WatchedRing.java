package io.openib.verbs.soft;

import io.openib.verbs.soft.arena.ArenaView;
import io.openib.verbs.soft.arena.OwnArena;

/**
 * A ring of a process with a fault point. It is loaded only there, as nobody else names it in a type that has to be verified: while
 * it is not, {@link OutboundRing#pass} costs nothing.
 */
final class WatchedRing extends OutboundRing {
    private final FaultInjector faults;

    private WatchedRing(OwnArena own, ArenaView target, long inboxAddress, FaultInjector faults) {
        super(own, target, inboxAddress);
        this.faults = faults;
    }

    static OutboundRing create(OwnArena own, ArenaView target, long inboxAddress, FaultInjector faults) {
        return new WatchedRing(own, target, inboxAddress, faults);
    }

    @Override
    void pass(FaultPoint point) {
        faults.pass(point);
    }
}
