package io.openib.btl.openib;

import io.openib.btl.BtlStatus;
import io.openib.btl.PeerAttributes;
import io.openib.btl.PeerError;
import io.openib.btl.WireupEvent;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.Outbox;
import io.openib.btl.openib.wire.ModexMessage;
import io.openib.btl.openib.wire.ModexMessage.PortContact;
import io.openib.runtime.PeerDeath;
import io.openib.verbs.VerbsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/** The ways to all peers: made when first needed, and what becomes of them. Of the owner. */
final class Links {
    private final Events events;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final int reconnects;
    private final @Nullable Link[] links;
    private final Outbox[] ways;
    private final List<OpenibModule> modules = new ArrayList<>();
    private FastPath[] paths = {};
    private @Nullable PeerTable table;
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
        Optional<PeerTable.Route> route = peers().route(peer, message);
        if (route.isEmpty()) {
            String why = "rank " + peer + " on " + message.host() + " cannot be reached: it has " + kinds(message)
                    + ", this rank has " + kinds(peers().own()) + ", and only devices of one kind reach each other";
            return noWay(new PeerAttributes(peer, message.host(), message.pid(), "", why), why);
        }
        OpenibModule module = modules.get(route.get().ownPort());
        PeerAttributes attributes = new PeerAttributes(
                peer,
                message.host(),
                message.pid(),
                module.port().place(),
                route.get().reason());
        if (!module.end().isEmpty()) {
            return noWay(attributes, "rank " + peer + " cannot be reached any more: " + module.end());
        }
        try {
            Outbox outbox = new Outbox(module.path(), peer);
            PortContact contact = route.get().contact();
            return new Link(attributes, module, outbox, contact.deviceNumber(), contact.hasAtomics());
        } catch (VerbsException e) {
            return noWay(attributes, module.port().place() + " cannot be used: " + e.getMessage());
        }
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
            ModexMessage message = peers().peer(link.peer()).message().orElseThrow();
            PeerTable.Route route = peers().route(link.peer(), message).orElseThrow();
            link.isConnecting = true;
            module.connect(link.peer(), Contacts.of(link.peer(), message, route.contact()));
        }
        return BtlStatus.OK;
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

    /** A lane is connected. */
    void up(Lane lane, WireupEvent event) {
        Link link = link(lane.peer());
        if (link.outbox == null || link.module == null || !link.verdict.isEmpty()) {
            return;
        }
        if (link.lane != null && link.lane != lane) {
            link.module.path().retire(link.lane, System.nanoTime());
        }
        if (!link.module.path().putUp(lane)) {
            return;
        }
        link.isConnecting = false;
        link.failures = 0;
        link.lane = lane;
        link.outbox.use(lane);
        events.tell(new WireupEvent(
                event.peer(),
                true,
                event.wireup(),
                event.device(),
                event.durationMs(),
                event.tried(),
                link.attributes.reason() + "; " + event.reason()));
    }

    /** No connection came about. */
    void failed(int peer, boolean isOurs, WireupEvent event) {
        events.tell(event);
        if (!isOurs) {
            return;
        }
        Link link = link(peer);
        link.isConnecting = false;
        link.failures++;
        if (!isClosing && !link.isDeathTold && link.verdict.isEmpty()) {
            tell(link.attributes, name(link) + " cannot be reached: " + event.reason());
        }
        fail(link);
    }

    /** A connection was lost. */
    void lost(Lane lane, String what) {
        Link link = link(lane.peer());
        if (link.lane != null && link.lane != lane) {
            return;
        }
        link.isConnecting = false;
        link.failures++;
        drop(link);
        if (!isClosing && !link.isDeathTold) {
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
        Link link = link(death.rank());
        boolean isNews = !link.isDeathTold && link.verdict.isEmpty();
        link.isDeathTold = true;
        link.verdict = death.sentence();
        Lane lane = link.lane;
        drop(link);
        if (isNews && !isClosing) {
            events.tell(new PeerError(death.rank(), death.host(), death.pid(), death.sentence()));
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
                link.verdict = name(link) + " cannot be reached any more: " + why;
                if (link.isConnecting && !isClosing && !link.isDeathTold) {
                    tell(link.attributes, link.verdict);
                }
                link.isConnecting = false;
                drop(link);
                fail(link);
            }
        }
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
        return "rank " + link.peer() + " (host " + link.attributes.host() + ", pid " + link.attributes.pid() + ")";
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
