package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.PeerTable.Route;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.runtime.PeerDeath;
import io.openib.verbs.Gid;
import io.openib.verbs.VerbsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ways to all peers: made when first needed, and what becomes of them. Of the owner. */
final class Links {
    private static final Logger LOG = LoggerFactory.getLogger(Links.class);

    private final Events events;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final int reconnects;
    private final @Nullable Link[] links;
    private final Outbox[] ways;
    private final List<OpenibModule> modules = new ArrayList<>();
    private FastPath[] paths = {};
    private @Nullable PeerTable table;
    private @Nullable Detours detours;
    private boolean isClosing;

    Links(int size, Events events, MpscUnboundedAtomicArrayQueue<Runnable> news, int reconnects) {
        this.events = events;
        this.news = news;
        this.reconnects = reconnects;
        this.links = new @Nullable Link[size];
        this.ways = new Outbox[size];
    }

    /** Begins: what peers have published is there, and the modules, in the order of the ports in our modex message. */
    void start(PeerTable peers, List<OpenibModule> all) {
        table = peers;
        modules.addAll(all);
        detours = new Detours(peers, all);
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

    private Detours detours() {
        return Objects.requireNonNull(detours);
    }

    /** Outboxes by peer, for the hot path; {@code noWay} for peers whose link has not been needed. */
    Outbox[] ways(Outbox noWay) {
        for (int i = 0; i < ways.length; i++) {
            ways[i] = ways[i] == null ? noWay : ways[i];
        }
        return ways;
    }

    /** The way to a peer. */
    Link link(int peer) {
        Link link = links[peer];
        if (link == null) {
            link = make(peer);
            links[peer] = link;
            if (link.outbox != null) {
                ways[peer] = link.outbox;
            }
        }
        return link;
    }

    private Link make(int peer) {
        PeerTable.Peer known = peers().peer(peer);
        ModexMessage message = known.message().orElse(null);
        if (message == null || !known.problem().isEmpty()) {
            String host = message == null ? "" : message.host();
            long pid = message == null ? 0 : message.pid();
            return noWay(new PeerAttributes(peer, host, pid, "", known.problem()), known.problem());
        }
        Optional<Route> best = peers().route(peer, message);
        if (best.isEmpty()) {
            String why = "rank " + peer + " on " + message.host() + " cannot be reached: it has " + kinds(message)
                    + ", this rank has " + kinds(peers().own()) + ", and only devices of one kind reach each other";
            return noWay(new PeerAttributes(peer, message.host(), message.pid(), "", why), why);
        }
        Optional<Route> next = detours().next(peer, message);
        if (next.isEmpty()) {
            PeerAttributes attributes = attributes(peer, message, best.get());
            String end = modules.get(best.get().ownPort()).end();
            return noWay(attributes, name(attributes) + " cannot be reached any more: " + end);
        }
        return make(peer, message, next.get());
    }

    private Link make(int peer, ModexMessage message, Route route) {
        PeerAttributes attributes = attributes(peer, message, route);
        OpenibModule module = modules.get(route.ownPort());
        try {
            Link link = new Link(attributes, module, new Outbox(module.path(), peer), route);
            peers().take(peer, route);
            return link;
        } catch (VerbsException e) {
            return noWay(attributes, module.port().place() + " cannot be used: " + e.getMessage());
        }
    }

    private PeerAttributes attributes(int peer, ModexMessage message, Route route) {
        String place = modules.get(route.ownPort()).port().place();
        return new PeerAttributes(peer, message.host(), message.pid(), place, route.reason());
    }

    private Link noWay(PeerAttributes attributes, String why) {
        news.offer(() -> tell(attributes, why));
        return new Link(attributes, why);
    }

    private static String kinds(ModexMessage message) {
        return message.ports().stream()
                .map(port -> port.kind() + " (" + port.device() + ":" + port.port() + ")")
                .toList()
                .toString();
    }

    /** Sees to it that a connection comes: OK, or why none will. */
    int connect(Link link) {
        if (link.isConnected()) {
            return BtlStatus.OK;
        }
        int code = link.mayConnect(reconnects);
        OpenibModule module = link.module;
        if (code != BtlStatus.OK || module == null) {
            return code;
        }
        if (!link.isConnecting) {
            link.isConnecting = true;
            PortContact contact = Objects.requireNonNull(link.route).contact();
            module.connect(link.peer(), Contacts.of(link.peer(), message(link), contact));
        }
        return BtlStatus.OK;
    }

    private ModexMessage message(Link link) {
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

    /** A lane of a module is connected, with the peer's port of this GID, if that is known. */
    void up(OpenibModule module, Lane lane, @Nullable Gid from, WireupEvent event) {
        Link link = taken(link(lane.peer()), module, from);
        if (link.outbox == null || link.module == null || !link.verdict.isEmpty()) {
            return;
        }
        Lane before = link.lane;
        if (before != null && before != lane) {
            link.module.retire(before); // what it has received is still delivered
        }
        if (!link.module.path().putUp(lane)) {
            link.module.retire(lane);
            lose(link, "it failed while it was being connected");
            return;
        }
        detours().connected(link.peer(), Objects.requireNonNull(link.route));
        link.isConnecting = false;
        link.failures = 0;
        link.lane = lane;
        link.outbox.use(lane);
        if (before != null && before != lane && !isClosing) {
            tell(link.attributes, name(link) + " has connected anew: what was under way to it may be lost");
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

    /** A peer whose ports, or whose ways to ours, have failed comes by another: that is the way from now on. */
    private Link taken(Link link, OpenibModule module, @Nullable Gid from) {
        Route before = link.route;
        if (before == null || !link.verdict.isEmpty()) {
            return link;
        }
        Route route = detours()
                .taken(link.peer(), message(link), module, from, before)
                .orElse(before);
        if (route.isBetween(before.ownPort(), before.contact())) {
            return link;
        }
        Lane lane = link.lane;
        Link fresh = replace(link, route);
        if (lane != null) {
            Objects.requireNonNull(link.module).retire(lane);
        }
        fail(link);
        return fresh;
    }

    /** Before the program is told: what its handlers send is not failed with what was sent before. */
    private Link replace(Link link, Route route) {
        Link fresh = make(link.peer(), message(link), route).after(link);
        drop(link);
        links[link.peer()] = fresh;
        if (fresh.outbox != null) {
            ways[link.peer()] = fresh.outbox;
        }
        return fresh;
    }

    /** The next send goes by the next way, where there is one; returns what there is to say of that. */
    private String detour(Link link) {
        Optional<Route> next = detours().next(link.peer(), message(link));
        Route before = Objects.requireNonNull(link.route);
        if (next.isEmpty() || next.get().isBetween(before.ownPort(), before.contact())) {
            return "";
        }
        PortContact contact = next.get().contact();
        String device = replace(link, next.get()).attributes.device();
        return "; the next attempt goes by " + device + " to its " + contact.device() + ":" + contact.port();
    }

    /** No connection came about by this module. */
    void failed(OpenibModule module, int peer, boolean isOurs, WireupEvent event) {
        events.tell(event);
        Link link = link(peer);
        if (!isOurs || link.module != module) {
            return;
        }
        link.isConnecting = false;
        link.failures++;
        if (!isClosing && !link.isDeathTold && link.verdict.isEmpty()) {
            Route route = Objects.requireNonNull(link.route);
            detours().failed(peer, route);
            String next = detour(link);
            if (next.isEmpty()) {
                replace(link, route);
            }
            tell(link.attributes, name(link) + " cannot be reached: " + event.reason() + next);
        }
        fail(link);
    }

    /** A connection by this module was lost. */
    void lost(OpenibModule module, Lane lane, String what) {
        Link link = link(lane.peer());
        // One that never came up is told of by the outcome of its attempt.
        if (link.module == module && link.lane == lane) {
            lose(link, what);
        }
    }

    private void lose(Link link, String what) {
        link.isConnecting = false;
        link.failures++;
        drop(link);
        if (!isClosing && !link.isDeathTold) {
            replace(link, Objects.requireNonNull(link.route));
            tell(link.attributes, name(link) + " was lost on " + link.attributes.device() + ": " + what);
        }
        fail(link);
    }

    /** The peer has closed. */
    void left(Lane lane) {
        Link link = link(lane.peer());
        link.verdict = name(link) + " has left the job";
        drop(link);
        fail(link);
    }

    /** The launcher says that a rank died. */
    void died(PeerDeath death) {
        bury(link(death.rank()), new PeerError(death.rank(), death.host(), death.pid(), death.sentence()), !isClosing);
    }

    /** The launcher is gone, and the job with it: nothing is to be expected of any peer. */
    void launcherLost(int self, String why) {
        boolean isTold = !isClosing && events.isHeard();
        if (!isClosing && !isTold && links.length > 1) {
            LOG.warn("{}; every peer counts as lost", why);
        }
        for (int peer = 0; peer < links.length; peer++) {
            if (peer != self) {
                Link link = buriable(peer);
                PeerAttributes known = link.attributes;
                String reason = (known.pid() == 0 ? "rank " + peer : name(link)) + " counts as lost: " + why;
                bury(link, new PeerError(peer, known.host(), known.pid(), reason), isTold);
            }
        }
    }

    /** The link to a peer; of one that was never needed as little is asked as can be, since the launcher does not answer. */
    private Link buriable(int peer) {
        Link link = links[peer];
        if (link == null) {
            PeerAttributes known = peers().known(peer)
                    .map(message -> new PeerAttributes(peer, message.host(), message.pid(), "", ""))
                    .orElseGet(() -> new PeerAttributes(peer, "", 0, "", ""));
            link = new Link(known, "");
            links[peer] = link;
        }
        return link;
    }

    private void bury(Link link, PeerError error, boolean isTold) {
        boolean isNews = !link.isDeathTold && link.verdict.isEmpty();
        link.isDeathTold = true;
        link.verdict = error.reason();
        Lane lane = link.lane;
        drop(link);
        if (isNews && isTold) {
            events.tell(error);
        }
        if (lane != null && link.module != null) {
            link.module.retire(lane);
        }
        fail(link);
    }

    /** A module's device is gone: nothing goes that way any more. */
    void abandoned(OpenibModule module, String why) {
        for (Link link : links) {
            if (link != null && link.module == module && link.verdict.isEmpty()) {
                abandon(link, why);
            }
        }
    }

    private void abandon(Link link, String why) {
        boolean wasConnecting = link.isConnecting;
        link.isConnecting = false;
        // That of the device is none of the peer's.
        link.failures = 0;
        link.verdict = name(link) + " cannot be reached any more: " + why;
        String next = detour(link);
        if (wasConnecting && !isClosing && !link.isDeathTold) {
            tell(link.attributes, link.verdict + next);
        }
        drop(link);
        fail(link);
    }

    private static void drop(Link link) {
        link.lane = null;
        if (link.outbox != null) {
            link.outbox.use(null);
        }
    }

    private void fail(Link link) {
        if (link.outbox != null) {
            link.outbox.failWaiting(isClosing ? BtlStatus.CLOSED : BtlStatus.PEER_FAILED);
        }
    }

    private void tell(PeerAttributes peer, String why) {
        events.tell(new PeerError(peer.rank(), peer.host(), peer.pid(), why));
    }

    private static String name(Link link) {
        return name(link.attributes);
    }

    private static String name(PeerAttributes peer) {
        return "rank " + peer.rank() + " (host " + peer.host() + ", pid " + peer.pid() + ")";
    }

    /** From now on peers that go are no news. */
    void closing() {
        isClosing = true;
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
                drop(link);
                fail(link);
            }
        }
    }
}
