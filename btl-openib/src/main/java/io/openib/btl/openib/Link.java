package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.WireupEvent;
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
    /** What kind of verdict it had from the beginning. */
    final Cause cause;

    boolean isConnecting;
    /** Whether the peer is dead or has left. */
    boolean isGone;
    /** Whether it has left, and is not known to have failed. */
    boolean hasLeft;
    /** Calls of the owner that wait until something is known of the peer, and those behind them. */
    int held;
    /** Attempts in a row that failed, and connections lost. */
    int failures;
    /** Whether nothing has failed on this way, whatever has on others. */
    private final boolean isUntried;

    @Nullable
    Lane lane;

    /** By which it is heard while there is no way back. */
    @Nullable
    Heard heard;

    /** Heard as well as the connection in use, until one of the two ends. */
    Spares.@Nullable Spare spare;

    private final boolean isAsked;
    /** Whether the launcher has not answered what was asked. */
    boolean isUnanswered;

    /**
     * A connection that the peer has made.
     *
     * @param module by which it came
     * @param lane that is up
     * @param peerPort of the ports that the peer has published
     * @param event to tell once there is a way back
     */
    record Heard(OpenibModule module, Lane lane, int peerPort, WireupEvent event) {}

    /** A way, on which nothing has failed yet if it is untried. */
    Link(PeerAttributes attributes, OpenibModule module, Outbox outbox, PeerTable.Route route, boolean isUntried) {
        this.attributes = attributes;
        this.module = module;
        this.outbox = outbox;
        this.route = route;
        this.verdict = "";
        this.cause = Cause.UNREACHABLE;
        this.isAsked = false;
        this.isUntried = isUntried;
    }

    /** No way, for this reason. */
    Link(PeerAttributes attributes, Cause cause, String verdict) {
        this(attributes, cause, verdict, false);
    }

    private Link(PeerAttributes attributes, Cause cause, String verdict, boolean isAsked) {
        this.attributes = attributes;
        this.module = null;
        this.outbox = null;
        this.route = null;
        this.verdict = verdict;
        this.cause = cause;
        this.isAsked = isAsked;
        this.isUntried = false;
    }

    /** No way yet: what the peer has published is asked for, again if there was a question before. */
    static Link asked(int peer, @Nullable Link before) {
        Link asked = new Link(new PeerAttributes(peer, "", 0, "", ""), Cause.UNREACHABLE, "", true);
        return before == null ? asked : asked.after(before);
    }

    /** Whether it is still to be heard what the peer has published. */
    boolean isUnknown() {
        return isAsked && !isUnanswered && verdict.isEmpty();
    }

    /** Whether the launcher is to be asked again when somebody needs the peer. */
    boolean isToAskAgain() {
        return isUnanswered && verdict.isEmpty();
    }

    /** Whether there may be a connection yet, or again. */
    boolean isHoped() {
        return !isGone && verdict.isEmpty();
    }

    /** Its connection is over; what is sent waits. */
    void drop() {
        lane = null;
        if (outbox != null) {
            outbox.use(null);
        }
    }

    /** Ends the connection by which it was only heard. */
    void hearNoMore() {
        Heard before = heard;
        heard = null;
        if (before != null) {
            before.module.retire(before.lane);
        }
        keep(null);
    }

    /** Hears this as well from now on, and no longer what there was before. */
    void keep(Spares.@Nullable Spare other) {
        Spares.Spare before = spare;
        spare = other;
        if (before != null) {
            before.module().retire(before.lane());
        }
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

    /** Whether the peer takes atomics by the port that reaches it. */
    boolean hasAtomics() {
        return route != null && route.contact().hasAtomics();
    }

    /** Goes on with the history of another way to the same peer. */
    Link after(Link other) {
        failures = other.failures;
        held = other.held;
        heard = other.heard;
        spare = other.spare;
        isGone = other.isGone;
        hasLeft = other.hasLeft;
        return this;
    }

    boolean isConnected() {
        return outbox != null && outbox.lane() != null;
    }

    /** Whether a send may wait for a connection: OK, or why not. Fewer {@code reconnects} than none are any number. */
    int mayConnect(int reconnects) {
        boolean isTryable = reconnects < 0 || failures <= reconnects || isUntried;
        return verdict.isEmpty() && isTryable ? BtlStatus.OK : BtlStatus.PEER_FAILED;
    }
}
