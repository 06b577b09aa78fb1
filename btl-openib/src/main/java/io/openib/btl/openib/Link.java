package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.Outbox;
import org.jspecify.annotations.Nullable;

/** What the owner knows of the way to one peer. */
final class Link {
    final PeerAttributes attributes;
    final @Nullable OpenibModule module;
    final @Nullable Outbox outbox;
    final PeerTable.@Nullable Route route;
    /** Why there is no way to the peer, or it is gone for good; empty while there is hope. */
    String verdict;

    boolean isConnecting;
    boolean isDeathTold;
    /** Attempts in a row that failed, and connections lost. */
    int failures;

    @Nullable
    Lane lane;

    /** A way. */
    Link(PeerAttributes attributes, OpenibModule module, Outbox outbox, PeerTable.Route route) {
        this.attributes = attributes;
        this.module = module;
        this.outbox = outbox;
        this.route = route;
        this.verdict = "";
    }

    /** No way. */
    Link(PeerAttributes attributes, String verdict) {
        this.attributes = attributes;
        this.module = null;
        this.outbox = null;
        this.route = null;
        this.verdict = verdict;
    }

    int peer() {
        return attributes.rank();
    }

    /** The peer's own number for the device that reaches it, which memory handles name; -1 without a way. */
    int remoteDevice() {
        return route == null ? -1 : route.contact().deviceNumber();
    }

    boolean hasAtomics() {
        return route != null && route.contact().hasAtomics();
    }

    /** Goes on with the history of another way to the same peer. */
    Link after(Link other) {
        failures = other.failures;
        isDeathTold = other.isDeathTold;
        return this;
    }

    boolean isConnected() {
        return outbox != null && outbox.lane() != null;
    }

    /** Whether a send may wait for a connection: OK, or why not. */
    int mayConnect(int reconnects) {
        return verdict.isEmpty() && failures <= reconnects ? BtlStatus.OK : BtlStatus.PEER_FAILED;
    }
}
