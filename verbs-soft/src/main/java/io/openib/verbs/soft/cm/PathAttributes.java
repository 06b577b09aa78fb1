package io.openib.verbs.soft.cm;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.AddressVector;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.Places.Place;
import java.util.Set;

/**
 * What {@code rdma_init_qp_attr} says. Like the kernel's, it leaves LOCAL_WRITE out, says 0 for min_rnr_timer (655 ms) and 19
 * for timeout (2.1 s): a caller with parameters of its own sets these.
 */
final class PathAttributes {
    private static final int TIMEOUT = 19;

    private PathAttributes() {}

    static QpAttributes toInit(Place place) {
        return QpAttributes.toState(QpState.INIT)
                .pkeyIndex(0)
                .port(place.port().port())
                .accessFlags(Set.of(AccessFlag.REMOTE_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_ATOMIC));
    }

    static QpAttributes toRtr(Exchange exchange, Offer peer) {
        Place place = exchange.place();
        AddressVector vector = new AddressVector(
                place.port().port(),
                peer.lid(),
                0,
                0,
                AddressVector.GlobalRoute.to(peer.gid(), place.address().gidIndex()));
        ConnectionParameters told = peer.parameters();
        return QpAttributes.toState(QpState.RTR)
                .addressVector(vector)
                .pathMtu(pathMtu(exchange, peer))
                .destQpNumber(told.qpNumber())
                .rqPsn(peer.psn())
                .maxDestRdAtomic(told.initiatorDepth())
                .minRnrTimer(0);
    }

    static QpAttributes toRts(Offer own, Offer peer) {
        ConnectionParameters told = peer.parameters();
        return QpAttributes.toState(QpState.RTS)
                .sqPsn(own.psn())
                .timeout(TIMEOUT)
                .retryCount(own.parameters().retryCount())
                .rnrRetry(told.rnrRetryCount())
                .maxRdAtomic(told.responderResources());
    }

    /** What both ends can: the passive side works it out and tells it in its reply. */
    static Mtu pathMtu(Exchange exchange, Offer peer) {
        return Mtu.min(exchange.place().port().activeMtu(), peer.pathMtu());
    }
}
