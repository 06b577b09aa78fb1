package io.openib.btl.openib;

import io.openib.btl.WireupEvent;
import io.openib.btl.openib.endpoint.Endpoint;
import io.openib.btl.openib.endpoint.EndpointState.Event;
import io.openib.btl.openib.endpoint.Wiring;
import io.openib.btl.openib.endpoint.WiringEvents;
import io.openib.btl.openib.fastpath.Counters;
import io.openib.btl.openib.fastpath.FastPath;
import io.openib.btl.openib.fastpath.FastPathResources;
import io.openib.btl.openib.fastpath.Lane;
import io.openib.btl.openib.fastpath.LaneListener;
import io.openib.btl.openib.fastpath.LaneShape;
import io.openib.btl.openib.fastpath.ReceiveTable;
import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.WireupPort;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * One port in use. Its fast path belongs to the owner, its endpoints and its wiring to the control thread; each learns
 * from the other by work handed over, never by waiting.
 */
final class OpenibModule implements LaneListener, WiringEvents {
    private static final double NANOS_PER_MS = 1e6;

    private final OpenPort port;
    private final LaneShape shape;
    private final int lanes;
    private final Shared shared;
    private final ControlExecutor control;
    private final MpscUnboundedAtomicArrayQueue<Runnable> news;
    private final Links links;
    private final Events events;
    private final PortSettings settings;
    private final PortOutage outage;
    private final long drainNs;
    private final long keepaliveNs;
    private final Map<Integer, Endpoint<Lane>> endpoints = new HashMap<>();
    private final LaneNumbers numbers = new LaneNumbers(this::mostLanes);
    private final ModuleLanes made;
    private volatile @Nullable InUse inUse;
    private Runnable onRetired = () -> {};
    private @Nullable Wiring wiring;
    private @Nullable WireupPort wireupPort;
    private boolean isWiringClosed;
    /** Why it is of no more use; of the owner. */
    private String end = "";

    private boolean isUnlisted;
    private volatile @Nullable Runnable onReleased;
    private volatile boolean isReleased;

    /**
     * What the modules of a transport share.
     *
     * @param control the control thread
     * @param news work for the owner
     * @param links what the owner knows of peers
     * @param events the program's handlers
     * @param receiveTable receive handlers
     * @param counters counters
     */
    record Shared(
            ControlExecutor control,
            MpscUnboundedAtomicArrayQueue<Runnable> news,
            Links links,
            Events events,
            ReceiveTable receiveTable,
            Counters counters) {}

    /**
     * What is made when the port is first needed: by a send, or by a peer's request.
     *
     * @param resources what the device holds
     * @param path over them
     * @param keepalive of its lanes
     */
    private record InUse(FastPathResources resources, FastPath path, Keepalive keepalive) {}

    OpenibModule(
            OpenPort port,
            LaneShape shape,
            int lanes,
            Shared shared,
            PortSettings settings,
            long drainNs,
            long keepaliveNs) {
        this.port = port;
        this.control = shared.control();
        this.news = shared.news();
        this.links = shared.links();
        this.events = shared.events();
        this.settings = settings;
        this.outage = new PortOutage(port, settings.current());
        this.drainNs = drainNs;
        this.shape = shape;
        this.lanes = lanes;
        this.shared = shared;
        this.keepaliveNs = keepaliveNs;
        this.made = new ModuleLanes(port, control, news, settings, this::path, this::takeDown, numbers);
    }

    private InUse use() {
        InUse known = inUse;
        return known == null ? makeUse() : known;
    }

    /** By the owner or the control thread, whichever needs it first; the other waits for as long as it takes to make it. */
    private synchronized InUse makeUse() {
        InUse known = inUse;
        if (known != null) {
            return known;
        }
        if (isAbandoned()) {
            throw new VerbsException("ibv_create_cq", port.place(), Errno.EIO, "the device is gone");
        }
        FastPathResources resources = new FastPathResources(port.device(), port.pd(), shape, lanes);
        FastPath path = new FastPath(resources, shared.receiveTable(), shared.counters(), this);
        InUse made = new InUse(resources, path, new Keepalive(path, keepaliveNs, System.nanoTime()));
        inUse = made;
        news.offer(() -> list(path));
        return made;
    }

    /** From now on it is polled, unless it was given up meanwhile. Owner. */
    private void list(FastPath path) {
        if (!isReleased && !isUnlisted) {
            links.opened(path);
        }
    }

    /** Whether it has been needed. */
    boolean isInUse() {
        return inUse != null;
    }

    /** Whether its connections share this queue. Control thread. */
    boolean holds(AutoCloseable queue) {
        InUse current = inUse;
        return current != null && current.resources().holds(queue);
    }

    /** Sets its wireups; before anything else. */
    void wiring(Wiring itsWiring, WireupPort itsPort) {
        wiring = itsWiring;
        wireupPort = itsPort;
    }

    OpenPort port() {
        return port;
    }

    /**
     * Its path, made when it is first needed.
     *
     * @throws VerbsException if the device has not enough for it
     */
    FastPath path() {
        return use().path();
    }

    /**
     * Makes all that its first connection would have to wait for; while the transport opens.
     *
     * @throws VerbsException if the device has not enough for it
     */
    void prepare() {
        use().resources().prepare();
    }

    PortSettings settings() {
        return settings;
    }

    /** What is known of its port's link. */
    PortOutage outage() {
        return outage;
    }

    void tick(long nowNs) {
        InUse current = inUse;
        if (current != null && end.isEmpty()) {
            current.keepalive().tick(nowNs);
        } else if (current != null && !isUnlisted) {
            letGo(current.path());
        }
    }

    /** Asks for a connection; the outcome comes to the links. Owner. */
    void connect(int peer, Contacts contacts) {
        control.execute(() -> numbers.whenFree(peer, true, () -> begin(peer, contacts)));
    }

    private void begin(int peer, Contacts contacts) {
        Endpoint<Lane> endpoint = endpoint(peer);
        boolean isNew = endpoint.lane().isEmpty();
        if (endpoint.on(Event.CONNECT) && isNew) {
            wiring().connect(peer, contacts.host(), contacts.configuration(), contacts.offers());
        } else {
            numbers.attemptEnded(peer);
        }
    }

    @Override
    public void whenRoom(int peer, Runnable request) {
        numbers.whenFree(peer, false, request);
    }

    private int mostLanes() {
        InUse current = inUse;
        return current == null ? lanes : current.resources().maxLanes();
    }

    private Wiring wiring() {
        return Objects.requireNonNull(wiring);
    }

    private Endpoint<Lane> endpoint(int peer) {
        return endpoints.computeIfAbsent(peer, Endpoint::new);
    }

    @Override
    public QueuePairSet newSet(int peer) {
        if (isWiringClosed) {
            throw new VerbsException("ibv_create_qp", port.place(), Errno.EINVAL, "this rank's transport is closing");
        }
        return made.make(use().resources(), peer, lanes);
    }

    @Override
    public String admit(int peer) {
        Endpoint<Lane> endpoint = endpoint(peer);
        if (!endpoint.on(Event.REQUEST)) {
            return "the connection to this peer is in no state for a request";
        }
        // What there was is replaced; its end must not be taken for that of the new one.
        endpoint.lane(Optional.empty());
        return "";
    }

    @Override
    public void connected(int peer, int peerPort, boolean isOurs, QueuePairSet set, Outcome outcome) {
        Endpoint<Lane> endpoint = endpoint(peer);
        Optional<Lane> lane = made.lane(set);
        if (lane.isEmpty()) {
            forget(set);
            if (endpoint.lane().isEmpty()) {
                String reason = "the connection failed before the wireup said that it is there";
                failed(peer, isOurs, new Outcome(outcome.scheme(), outcome.tried(), reason));
            }
            return;
        }
        numbers.attemptEnded(peer);
        if (!endpoint.on(Event.UP)) {
            wiring().disconnect(set);
            made.end(lane.get());
            return;
        }
        endpoint.lane(lane);
        WireupEvent event = event(peer, true, outcome);
        news.offer(() -> links.up(this, lane.get(), peerPort, event));
    }

    /** Ends a connection whose lane is destroyed already: the peer may still take it for one. */
    private void forget(QueuePairSet set) {
        wiring().disconnect(set);
        wiring().destroyed(set);
    }

    @Override
    public void failed(int peer, boolean isOurs, Outcome outcome) {
        Endpoint<Lane> endpoint = endpoint(peer);
        endpoint.on(Event.DOWN);
        endpoint.lane(Optional.empty());
        if (isOurs) {
            numbers.attemptEnded(peer);
        }
        WireupEvent event = event(peer, false, outcome);
        news.offer(() -> links.failures().failed(this, peer, isOurs, event));
    }

    private WireupEvent event(int peer, boolean isConnected, Outcome outcome) {
        double ms = (System.nanoTime() - endpoint(peer).attemptStartNs()) / NANOS_PER_MS;
        return new WireupEvent(
                peer, isConnected, outcome.scheme(), port.place(), ms, outcome.tried(), outcome.reason());
    }

    @Override
    public void disconnected(QueuePairSet set, String why) {
        made.lane(set).ifPresent(lane -> news.offer(() -> path().lose(lane, why)));
    }

    /** Every connection of the port is over. Control thread. */
    void loseAll(String why) {
        if (isInUse()) {
            news.offer(() -> path().all().lose(why));
        }
    }

    /** Its device is gone for good: nothing goes this way any more. Owner; before {@link #loseForGood()}. */
    void end(String why) {
        end = why;
    }

    /** Every connection is over, and none comes again. Owner. */
    void loseForGood() {
        links.failures().abandoned(this, end);
        InUse current = inUse;
        if (current != null) {
            current.path().all().lose(end);
        }
    }

    /**
     * Once the last lane is drained, what the device holds is given back, which {@code released} is then told; the owner is told
     * of the end before. Control thread, once.
     */
    void abandon(Runnable released) {
        boolean isUsed;
        synchronized (this) { // it is not made use of any more, or was before
            onReleased = released;
            isUsed = isInUse();
        }
        closeWiring();
        if (!isUsed) {
            release();
        }
    }

    /** Whether that was done. Any thread. */
    boolean isAbandoned() {
        return onReleased != null;
    }

    /** Why nothing goes this way any more; empty while it does. Owner. */
    String end() {
        return end;
    }

    /** The control thread may have made a lane until it learnt of the end, so that it is asked again and again. Owner. */
    private void letGo(FastPath path) {
        path.all().lose(end);
        if (path.all().areGone()) {
            isUnlisted = true;
            links.closed(path);
            // Behind the destruction of the lanes that are drained.
            control.execute(this::release);
        }
    }

    private void release() {
        closeResources();
        Runnable released = onReleased;
        if (released != null) {
            released.run();
        }
    }

    /** Whether it holds nothing of its device any more. */
    boolean isReleased() {
        return isReleased;
    }

    private void takeDown(Lane lane) {
        path().retire(lane, System.nanoTime() + drainNs);
        control.schedule(0, onRetired); // never dropped, however many are
    }

    /** Sets what looks soon for the reports that a retired lane waits for; before anything else. Control thread. */
    void onRetired(Runnable look) {
        onRetired = look;
    }

    /** No further shared receive is taken for a queue pair. Control thread. */
    void lastReceiveTaken(int qpNumber) {
        if (isInUse()) {
            news.offer(() -> path().lastReceiveTaken(qpNumber));
        }
    }

    @Override
    public void onLaneError(Lane lane, String what) {
        takeDown(lane);
        // First, so that what a handler sends finds no connection here and asks for the next one.
        lower(lane, Event.DOWN);
        links.failures().lost(this, lane, what + port.trouble());
    }

    @Override
    public void onGoodbye(Lane lane) {
        takeDown(lane);
        lower(lane, Event.GOODBYE);
        links.ends().left(lane);
    }

    /** Takes a lane down without a word of its own. Owner. */
    void retire(Lane lane) {
        takeDown(lane);
        lower(lane, Event.DOWN);
    }

    /** The same, for a program that has had enough of the peer, whose device would else look for us until its time is up. */
    void giveUp(Lane lane) {
        path().tellGivenUp(lane);
        retire(lane);
    }

    private void lower(Lane lane, Event event) {
        control.execute(() -> {
            Endpoint<Lane> endpoint = endpoint(lane.peer());
            if (endpoint.lane().isPresent() && endpoint.lane().get() == lane) {
                endpoint.on(event);
                endpoint.lane(Optional.empty());
            }
            made.set(lane).ifPresent(set -> {
                numbers.retiring(lane.slot());
                wiring().disconnect(set);
            });
        });
    }

    @Override
    public void onLaneDrained(Lane lane) {
        control.execute(() -> {
            Optional<QueuePairSet> set = made.set(lane);
            made.destroy(lane);
            set.ifPresent(wiring()::destroyed);
            numbers.free(lane.slot());
        });
    }

    @Override
    public void onUnknownQueuePair() {
        links.drainNews();
    }

    @Override
    public void onShortage(VerbsException shortage) {
        events.shortOfMemory(port.place(), shortage);
    }

    @Override
    public void onStarved(int peer, VerbsException shortage) {
        links.failures().starved(this, peer, port.place() + " has no memory for it: " + shortage.getMessage());
    }

    @Override
    public void onUnclaimed(int peer, int tag) {
        events.unclaimed(peer, tag);
    }

    @Override
    public void onCallbackFailure(String which, Throwable thrown) {
        events.callbackFailed(which, thrown);
    }

    /** From now on peers' requests are refused. Control thread. */
    void admitNobody() {
        wiring().admitNobody();
    }

    /** Ends the wiring. Control thread. */
    void closeWiring() {
        if (!isWiringClosed) {
            isWiringClosed = true;
            numbers.close();
            wiring().close();
        }
    }

    /** Releases what the device holds, once; all lanes are destroyed. Control thread, or after its end. */
    void closeResources() {
        InUse current = isReleased ? null : inUse;
        isReleased = true; // though some of it may refuse: that goes with the device
        if (current != null) {
            current.resources().close();
        }
    }

    @Override
    public String toString() {
        return wireupPort == null ? port.place() : wireupPort.place();
    }
}
