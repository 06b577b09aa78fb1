package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.Outbox;
import java.util.ArrayList;
import java.util.List;
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
    /** Whether the peer is dead or has left. */
    boolean isGone;
    /** Calls of the owner that wait until something is known of the peer, and those behind them. */
    int held;
    /** Attempts in a row that failed, and connections lost. */
    int failures;

    @Nullable
    Lane lane;

    private final boolean isAsked;
    private final List<Runnable> onKnown = new ArrayList<>();

    /** A way. */
    Link(PeerAttributes attributes, OpenibModule module, Outbox outbox, PeerTable.Route route) {
        this.attributes = attributes;
        this.module = module;
        this.outbox = outbox;
        this.route = route;
        this.verdict = "";
        this.isAsked = false;
    }

    /** No way, for this reason. */
    Link(PeerAttributes attributes, String verdict) {
        this(attributes, verdict, false);
    }

    private Link(PeerAttributes attributes, String verdict, boolean isAsked) {
        this.attributes = attributes;
        this.module = null;
        this.outbox = null;
        this.route = null;
        this.verdict = verdict;
        this.isAsked = isAsked;
    }

    /** No way yet: what the peer has published is asked for. */
    static Link asked(int peer) {
        return new Link(new PeerAttributes(peer, "", 0, "", ""), "", true);
    }

    /** Whether it is still to be heard what the peer has published. */
    boolean isUnknown() {
        return isAsked && verdict.isEmpty();
    }

    /** To be done when more is known of the peer, or nothing is to be expected of it. */
    void whenKnown(Runnable work) {
        onKnown.add(work);
    }

    /** Does that now. */
    void known() {
        List<Runnable> work = List.copyOf(onKnown);
        onKnown.clear();
        work.forEach(Runnable::run);
    }

    int peer() {
        return attributes.rank();
    }

    String name() {
        return name(attributes);
    }

    /** A peer's name for people, with as much as is known of it. */
    static String name(PeerAttributes peer) {
        String rank = "rank " + peer.rank();
        return peer.pid() == 0 ? rank : rank + " (host " + peer.host() + ", pid " + peer.pid() + ")";
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
        held = other.held;
        isGone = other.isGone;
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
