package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError;
import io.openib.btl.PeerError.Cause;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.verbs.Gid;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/** The ways to all peers: made when first needed, and what becomes of them. Of the owner. */
final class Links {
    private final Events events;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final int reconnects;
    private final HeldCalls held;
    private final @Nullable Link[] links;
    private final Outbox[] ways;
    private FastPath[] paths = {};
    private @Nullable PeerTable table;
    private @Nullable Detours detours;
    private @Nullable LinkMaker maker;
    private @Nullable PendingCalls waiting;
    private final Ends ends;
    private final LinkFailures failures;
    private boolean isClosing;

    /**
     * @param size of the job
     * @param events the program's handlers
     * @param news work for the owner
     * @param reconnects attempts in a row that may fail; -1 for any number
     * @param maxHeld calls that wait for what a peer has published, per peer
     */
    Links(int size, Events events, MpscUnboundedAtomicArrayQueue<Runnable> news, int reconnects, int maxHeld) {
        this.events = events;
        this.news = news;
        this.reconnects = reconnects;
        this.held = new HeldCalls(maxHeld);
        this.links = new @Nullable Link[size];
        this.ways = new Outbox[size];
        this.ends = new Ends(this, events);
        this.failures = new LinkFailures(this, events);
    }

    /** What ends peers. */
    Ends ends() {
        return ends;
    }

    /** What becomes of links that fail. */
    LinkFailures failures() {
        return failures;
    }

    int size() {
        return links.length;
    }

    /** The link to a peer as it is; null if none was ever needed. */
    @Nullable
    Link known(int peer) {
        return links[peer];
    }

    /** Begins: what peers have published is there, and the modules, in the order of the ports in our modex message. */
    void start(PeerTable peers, List<OpenibModule> all) {
        Detours ways = new Detours(peers, all);
        table = peers;
        detours = ways;
        maker = new LinkMaker(peers, ways, all);
    }

    /** Has it known where calls wait. */
    void waiting(PendingCalls pending) {
        waiting = pending;
    }

    /** The paths of all modules in use. */
    FastPath[] paths() {
        return paths;
    }

    /** A module has come into use. */
    void opened(FastPath path) {
        if (!Arrays.asList(paths).contains(path)) {
            paths = Arrays.copyOf(paths, paths.length + 1);
            paths[paths.length - 1] = path;
        }
    }

    /** A module is of no more use: its path is not polled any more. */
    void closed(FastPath path) {
        paths = Arrays.stream(paths).filter(other -> other != path).toArray(FastPath[]::new);
    }

    private PeerTable peers() {
        return Objects.requireNonNull(table);
    }

    Detours detours() {
        return Objects.requireNonNull(detours);
    }

    private LinkMaker maker() {
        return Objects.requireNonNull(maker);
    }

    /**
     * Outboxes by peer, for the hot path; {@code noWay} for peers whose link has not been needed, or for which calls of the
     * owner are held.
     */
    Outbox[] ways(Outbox noWay) {
        for (int i = 0; i < ways.length; i++) {
            ways[i] = ways[i] == null ? noWay : ways[i];
        }
        return ways;
    }

    /** The way to a peer. At the first contact the launcher is asked for what it has published, which nobody waits for. */
    Link link(int peer) {
        Link link = links[peer];
        if (link == null && peers().isKnown(peer)) {
            return put(made(peer));
        }
        return link == null || link.isToAskAgain() ? ask(peer, link) : link;
    }

    /** The link to a peer; of one that was never needed nothing is asked, since there is nothing to expect of it any more. */
    Link buriable(int peer) {
        Link link = links[peer];
        if (link == null) {
            PeerAttributes known = peers().known(peer)
                    .map(message -> new PeerAttributes(peer, message.host(), message.pid(), "", ""))
                    .orElseGet(() -> new PeerAttributes(peer, "", 0, "", ""));
            link = new Link(known, Cause.UNREACHABLE, "");
            links[peer] = link;
        }
        return link;
    }

    private Link ask(int peer, @Nullable Link before) {
        Link asked = Link.asked(peer, before);
        peers().ask(peer, answer -> news.offer(() -> answered(asked, answer)));
        links[peer] = asked;
        return asked;
    }

    /** The first way to a peer; why there is none is told in a moment. */
    private Link made(int peer) {
        Link link = maker().make(peer);
        if (!link.verdict.isEmpty()) {
            news.offer(() -> tell(link, link.cause, link.verdict));
        }
        return link;
    }

    private Link put(Link link) {
        links[link.peer()] = link;
        publish(link);
        return link;
    }

    private void publish(Link link) {
        if (link.outbox != null && link.held == 0) {
            ways[link.peer()] = link.outbox;
        }
    }

    private void answered(Link asked, PeerTable.Peer answer) {
        if (isClosing || !asked.isUnknown()) {
            return;
        }
        if (!answer.isTold()) {
            asked.isUnanswered = true;
            Objects.requireNonNull(waiting).giveUp(asked.peer()); // and not what the program's handler sends
            events.tell(new PeerError(asked.peer(), "", 0, false, Cause.LAUNCHER_SILENT, answer.problem()));
            return;
        }
        Link link = put(made(asked.peer()).after(asked));
        Link.Heard heard = link.heard;
        if (heard != null && link.outbox != null) {
            link.heard = null;
            if (heard.module().path().putUp(heard.lane())) {
                up(heard.module(), heard.lane(), heard.peerPort(), heard.event());
            }
        }
        if (asked.isConnecting) {
            connect(link(link.peer()));
        }
    }

    /** Calls of the owner's that wait for what is not known of their peers. */
    HeldCalls held() {
        return held;
    }

    /** One that was held is done. */
    void release(Call call) {
        Link link = Objects.requireNonNull(links[call.peer]);
        held.remove(link, call);
        publish(link);
    }

    /** Of these kinds of calls to a peer, those that there is room for. */
    int room(int peer, int kinds) {
        Link link = links[peer];
        if (link == null) {
            return kinds;
        }
        if (link.held > 0 || link.outbox == null) {
            return held.hasRoom(link) ? kinds : 0;
        }
        return link.outbox.room(kinds);
    }

    /** As {@link #connect}, at a program's own request: a peer that was given up only for too many failures has as many again. */
    int connectAnew(Link link) {
        if (link.mayConnect(reconnects) != BtlStatus.OK) {
            link.failures = 0;
        }
        return connect(link);
    }

    /** Whether a send may wait for a connection. */
    boolean mayConnect(Link link) {
        return link.mayConnect(reconnects) == BtlStatus.OK;
    }

    /** Sees to it that a connection comes: OK, or why none will. */
    int connect(Link link) {
        if (link.isConnected()) {
            return BtlStatus.OK;
        }
        int code = link.mayConnect(reconnects);
        if (code != BtlStatus.OK || link.isConnecting) {
            return code;
        }
        link.isConnecting = true;
        if (link.module != null) {
            PortContact contact = Objects.requireNonNull(link.route).contact();
            link.module.connect(link.peer(), Contacts.of(link.peer(), message(link), contact));
        }
        return BtlStatus.OK;
    }

    /** A program gives up what is under way to a peer. What fails is told in the next round, since this may be called by a callback. */
    void disconnect(int peer) {
        Objects.requireNonNull(waiting).giveUp(peer);
        Link link = links[peer];
        if (link == null) {
            return;
        }
        link.hearNoMore();
        Route route = link.route;
        Outbox outbox = link.outbox;
        if (outbox == null || route == null || !link.isHoped()) {
            return; // there is nothing, or all of it has failed
        }
        Lane lane = link.lane;
        Link fresh = replace(link, route);
        fresh.failures = 0;
        fresh.isConnecting = link.isConnecting; // its outcome is to come
        if (lane != null && link.module != null) {
            link.module.giveUp(lane);
        }
        news.offer(() -> outbox.failWaiting(BtlStatus.PEER_FAILED));
    }

    ModexMessage message(Link link) {
        return peers().peer(link.peer()).message().orElseThrow();
    }

    /** Whether other threads have left something for the owner. */
    boolean hasNews() {
        return !news.isEmpty();
    }

    /** Runs what other threads have left for the owner; returns how much. */
    int drainNews() {
        int count = 0;
        for (Runnable next = news.poll(); next != null; next = news.poll()) {
            next.run();
            count++;
        }
        return count;
    }

    /** A lane of a module is connected, with this one of the ports that the peer has published. */
    void up(OpenibModule module, Lane lane, int peerPort, WireupEvent event) {
        Link known = link(lane.peer());
        if (!module.end().isEmpty() || known.isGone) {
            module.retire(lane);
            return;
        }
        Link link = taken(known, module, peerPort);
        if (link.outbox == null || link.module == null || !link.verdict.isEmpty()) {
            hearOnly(link, new Link.Heard(module, lane, peerPort, event));
            return;
        }
        Lane before = link.lane;
        if (before != null && before != lane) {
            link.module.retire(before); // what it has received is still delivered
        }
        String why = link.module.path().putUp(lane) ? outOfReach(link) : "it failed while it was being connected";
        if (!why.isEmpty()) {
            link.module.retire(lane);
            failures.lose(link, why);
            return;
        }
        detours().connected(link.peer(), Objects.requireNonNull(link.route));
        link.isConnecting = false;
        link.failures = 0;
        link.lane = lane;
        link.outbox.use(lane);
        if (before != null && before != lane && !isClosing) {
            tell(link, Cause.RECONNECTED, link.name() + " has connected anew: what was under way to it may be lost");
        }
        events.tell(new WireupEvent(
                event.peer(),
                true,
                event.wireup(),
                event.device(),
                event.durationMs(),
                event.tried(),
                link.attributes.reason() + "; " + event.reason()));
    }

    /** What a device knows only now that the peer's has made its queue pairs; empty if it knows nothing. */
    private static String outOfReach(Link link) {
        OpenPort own = Objects.requireNonNull(link.module).port();
        Gid gid = Objects.requireNonNull(link.route).contact().gid();
        return own.device().whyOutOfReach(own.port(), gid).orElse("");
    }

    /** What the peer sends arrives though there is no way back: as long as nothing is known of it, or for good. */
    private static void hearOnly(Link link, Link.Heard heard) {
        link.hearNoMore();
        if (heard.module().path().putUp(heard.lane())) {
            link.heard = heard;
        } else {
            heard.module().retire(heard.lane());
        }
    }

    /** A peer whose ports, or whose ways to ours, have failed comes by another: that is the way from now on. */
    private Link taken(Link link, OpenibModule module, int peerPort) {
        Route before = link.route;
        if (before == null || !link.verdict.isEmpty()) {
            return link;
        }
        Route route = detours()
                .taken(link.peer(), message(link), module, peerPort)
                .orElse(before); // no such port was published
        if (route.isBetween(before.ownPort(), before.contact())) {
            return link;
        }
        Lane lane = link.lane;
        Link fresh = replace(link, route);
        Spares.giveWay(link, lane, fresh, peers().isLower(link.peer()));
        if (lane != null && !isClosing) {
            tell(link, Cause.RECONNECTED, link.name() + " comes by another port: what was under way to it may be lost");
        }
        fail(link);
        return fresh;
    }

    /** Before the program is told: what its handlers send is not failed with what was sent before. */
    Link replace(Link link, Route route) {
        Link fresh = maker().make(link.peer(), message(link), route).after(link);
        link.drop();
        return put(fresh);
    }

    /** Completes what waits. */
    void fail(Link link) {
        if (link.outbox != null) {
            link.outbox.failWaiting(isClosing ? BtlStatus.CLOSED : BtlStatus.PEER_FAILED);
        }
    }

    void tell(Link link, Cause cause, String why) {
        PeerAttributes peer = link.attributes;
        boolean isFinal = link(peer.rank()).mayConnect(reconnects) != BtlStatus.OK;
        events.tell(new PeerError(peer.rank(), peer.host(), peer.pid(), isFinal, cause, why));
    }

    /** From now on peers that go are no news. */
    void closing() {
        isClosing = true;
    }

    boolean isClosing() {
        return isClosing;
    }

    /** Whether sends wait anywhere. */
    boolean isWaiting() {
        for (Link link : links) {
            if (link != null && link.outbox != null && link.outbox.isWaiting()) {
                return true;
            }
        }
        return false;
    }

    /** Completes everything that waits with CLOSED. */
    void failAll() {
        for (Link link : links) {
            if (link != null) {
                link.drop();
                fail(link);
            }
        }
    }
}
