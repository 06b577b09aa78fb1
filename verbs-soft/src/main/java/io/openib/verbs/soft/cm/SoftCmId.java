package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.verbs.soft.cm.Places.Place;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An id: the steps that the program takes. What follows them on the wire is its {@link Exchange}. */
final class SoftCmId implements CmId {
    private static final Logger LOG = LoggerFactory.getLogger(SoftCmId.class);

    private static final int MAX_BACKLOG = 1024;

    /** Where an id stands, by the kernel's names; CONNECT covers all of an exchange. */
    private enum State {
        IDLE,
        ADDR_BOUND,
        LISTEN,
        ADDR_RESOLVED,
        ROUTE_RESOLVED,
        CONNECT,
        DESTROYED
    }

    private final CmAgent agent;
    private final SoftCmEventChannel channel;
    private final AtomicInteger backlog = new AtomicInteger();
    private State state = State.IDLE;
    private volatile @Nullable Object context;
    private @Nullable CmListener listener;
    private @Nullable Place place;
    private @Nullable InetSocketAddress local;
    private @Nullable InetSocketAddress peer;
    private @Nullable Exchange exchange;

    SoftCmId(CmAgent agent, SoftCmEventChannel channel) {
        this.agent = agent;
        this.channel = channel;
    }

    @Override
    public CmEventChannel channel() {
        return channel;
    }

    @Override
    public @Nullable Object context() {
        return context;
    }

    @Override
    public void context(@Nullable Object value) {
        context = value;
    }

    // Binding and resolving

    @Override
    public void bind(InetSocketAddress address) {
        synchronized (agent) {
            require("rdma_bind_addr", State.IDLE);
            bindLocked(address);
        }
    }

    private void bindLocked(InetSocketAddress address) {
        CmChecks.resolved("rdma_bind_addr", address);
        Place found = address.getAddress().isAnyLocalAddress() ? null : placeAt("rdma_bind_addr", address);
        CmListener opened = CmListener.open(agent, this, address);
        listener = opened;
        place = found;
        local = opened.address();
        state = State.ADDR_BOUND;
    }

    @Override
    public void listen(int backlog) {
        synchronized (agent) {
            if (state == State.IDLE) {
                bindLocked(new InetSocketAddress("0.0.0.0", 0));
            }
            require("rdma_listen", State.ADDR_BOUND);
            this.backlog.set(backlog <= 0 || backlog > MAX_BACKLOG ? MAX_BACKLOG : backlog);
            state = State.LISTEN;
        }
    }

    @Override
    public void resolveAddress(@Nullable InetSocketAddress source, InetSocketAddress destination, int timeoutMs) {
        synchronized (agent) {
            require("rdma_resolve_addr", State.IDLE, State.ADDR_BOUND);
            CmChecks.resolved("rdma_resolve_addr", destination);
            if (source != null && state == State.IDLE) {
                CmChecks.resolved("rdma_resolve_addr", source);
                if (!source.getAddress().isAnyLocalAddress()) {
                    place = placeAt("rdma_resolve_addr", source);
                    local = source;
                }
            }
            Place found = place != null ? place : agent.places().toward(destination.getAddress());
            if (found == null || !isSameFamily(found, destination)) {
                post(CmEventType.ADDR_ERROR, -Errno.ENETUNREACH, null);
                return;
            }
            place = found;
            if (local == null || local.getAddress().isAnyLocalAddress()) {
                local = new InetSocketAddress(found.address().address(), local == null ? 0 : local.getPort());
            }
            peer = destination;
            state = State.ADDR_RESOLVED;
            post(CmEventType.ADDR_RESOLVED, 0, null);
        }
    }

    private static boolean isSameFamily(Place found, InetSocketAddress destination) {
        return found.address().address().getAddress().length
                == destination.getAddress().getAddress().length;
    }

    @Override
    public void resolveRoute(int timeoutMs) {
        synchronized (agent) {
            require("rdma_resolve_route", State.ADDR_RESOLVED);
            Place now = agent.places().at(required(place).address().address());
            if (now == null || !now.port().isActive()) {
                post(CmEventType.ROUTE_ERROR, -Errno.ENETUNREACH, null);
                return;
            }
            place = now;
            state = State.ROUTE_RESOLVED;
            post(CmEventType.ROUTE_RESOLVED, 0, null);
        }
    }

    // Connecting

    @Override
    public void connect(ConnectionParameters parameters) {
        synchronized (agent) {
            require("rdma_connect", State.ROUTE_RESOLVED);
            CmChecks.parameters("rdma_connect", where(), parameters, ConnectionManager.CONNECT_PRIVATE_DATA);
            state = State.CONNECT;
            try {
                dial(required(place), required(peer), parameters);
            } catch (IOException e) {
                unreached(e);
            } catch (RuntimeException e) {
                LOG.error("soft: dialling {} met a defect", peer, e);
                post(CmEventType.CONNECT_ERROR, -Errno.EIO, null);
            }
        }
    }

    /** The kernel knows at once that nobody can be reached: told as what it learns later is. */
    private void unreached(IOException cause) {
        LOG.debug("soft: {} cannot be dialled", peer, cause);
        CmEventType verdict = ActiveExchange.verdict(cause);
        post(
                verdict,
                ActiveExchange.status(cause),
                verdict == CmEventType.REJECTED ? Exchange.rejectParameters(new byte[0]) : null);
    }

    private void dial(Place from, InetSocketAddress to, ConnectionParameters parameters) throws IOException {
        if (!agent.hasRoom()) {
            post(CmEventType.CONNECT_ERROR, -Errno.ENOMEM, null);
            return;
        }
        boolean isBound =
                from.address().address().isLoopbackAddress() == to.getAddress().isLoopbackAddress();
        CmLink link = CmLink.dial(agent, isBound ? from.address().address() : null, to);
        ActiveExchange opened = new ActiveExchange(agent, link, from, this);
        exchange = opened;
        if (local == null || local.getPort() == 0) {
            local = new InetSocketAddress(
                    from.address().address(), link.localAddress().getPort());
        }
        opened.start(parameters);
    }

    /** A request came to this listener: makes its id and tells the program, or says false when the backlog is full. */
    boolean offerRequest(PassiveExchange passive, Offer offer) {
        if (backlog.getAndUpdate(free -> Math.max(0, free - 1)) == 0) {
            return false;
        }
        SoftCmId id = channel.newId();
        id.context = context;
        id.state = State.CONNECT;
        id.place = passive.place();
        id.exchange = passive;
        try {
            id.local = passive.link().localAddress();
            id.peer = passive.link().peerAddress();
        } catch (IOException e) {
            // the connection broke already: its end is the next event
            id.local = local;
        }
        passive.id(id);
        channel.post(new CmEvent(
                CmEventType.CONNECT_REQUEST, id, this, 0, offer.asEvent(ConnectionManager.CONNECT_PRIVATE_DATA)));
        return true;
    }

    /** The program has seen a CONNECT_REQUEST: there is room for another. */
    void onRequestTaken() {
        backlog.incrementAndGet();
    }

    boolean isListening() {
        return state == State.LISTEN;
    }

    @Override
    public void accept(ConnectionParameters parameters) {
        synchronized (agent) {
            PassiveExchange passive = passive("rdma_accept");
            CmChecks.parameters("rdma_accept", where(), parameters, ConnectionManager.ACCEPT_PRIVATE_DATA);
            passive.accept(parameters);
        }
    }

    @Override
    public void reject(byte[] privateData) {
        synchronized (agent) {
            PassiveExchange passive = passive("rdma_reject");
            CmChecks.privateData("rdma_reject", where(), privateData, ConnectionManager.REJECT_PRIVATE_DATA);
            passive.reject(privateData.clone());
        }
    }

    private PassiveExchange passive(String call) {
        require(call, State.CONNECT);
        if (exchange instanceof PassiveExchange passive && passive.state() == Exchange.State.REQ_RCVD) {
            return passive;
        }
        throw invalid(call, "no connection request waits for an answer on this id");
    }

    @Override
    public void establish() {
        synchronized (agent) {
            require("rdma_establish", State.CONNECT);
            if (exchange instanceof ActiveExchange active && active.state() == Exchange.State.REP_RCVD) {
                active.establish();
            } else {
                throw invalid("rdma_establish", "no connection response waits for it on this id");
            }
        }
    }

    @Override
    public void disconnect() {
        synchronized (agent) {
            require("rdma_disconnect", State.CONNECT);
            Exchange present = required(exchange);
            switch (present.state()) {
                case ESTABLISHED, REP_SENT, DREQ_RCVD -> present.disconnect();
                case DREQ_SENT, ENDED -> {
                    // under way, or done by the peer
                }
                default -> throw invalid("rdma_disconnect", "it is not connected");
            }
        }
    }

    @Override
    public QpAttributes initQpAttributes(QpState target) {
        synchronized (agent) {
            if (place == null || state == State.DESTROYED) {
                throw invalid("rdma_init_qp_attr", "it is bound to no device yet");
            }
            if (target == QpState.INIT) {
                return PathAttributes.toInit(place);
            }
            Offer peers = exchange == null ? null : exchange.peer();
            if (exchange == null || peers == null || exchange.state() == Exchange.State.ENDED) {
                throw invalid("rdma_init_qp_attr", "the peer is not known yet, or not any more");
            }
            return switch (target) {
                case RTR -> PathAttributes.toRtr(exchange, peers);
                case RTS -> PathAttributes.toRts(exchange.own(), peers);
                default -> throw invalid("rdma_init_qp_attr", "it knows INIT, RTR and RTS, not " + target);
            };
        }
    }

    // What it is bound to

    @Override
    public String deviceName() {
        synchronized (agent) {
            return place == null ? "" : place.port().deviceName();
        }
    }

    @Override
    public int port() {
        synchronized (agent) {
            return place == null ? 0 : place.port().port();
        }
    }

    @Override
    public @Nullable InetSocketAddress localAddress() {
        synchronized (agent) {
            return local;
        }
    }

    @Override
    public @Nullable InetSocketAddress peerAddress() {
        synchronized (agent) {
            return peer;
        }
    }

    @Override
    public void close() {
        synchronized (agent) {
            if (state == State.DESTROYED) {
                return;
            }
            state = State.DESTROYED;
            channel.forget(this);
            if (exchange != null) {
                exchange.abandon();
            }
            if (listener != null) {
                listener.close();
            }
        }
    }

    void post(CmEventType type, int status, @Nullable ConnectionParameters parameters) {
        if (state != State.DESTROYED) {
            channel.post(new CmEvent(type, this, null, status, parameters));
        }
    }

    // Refusals

    private void require(String call, State... allowed) {
        if (!Arrays.asList(allowed).contains(state)) {
            throw invalid(call, "the id is in " + state + ", the call needs " + Arrays.toString(allowed));
        }
    }

    private VerbsException invalid(String call, String detail) {
        return new VerbsException(call, where(), Errno.EINVAL, detail);
    }

    private String where() {
        InetSocketAddress named = peer != null ? peer : local;
        return "cm id " + (named == null ? "without an address" : CmChecks.print(named));
    }

    private Place placeAt(String call, InetSocketAddress address) {
        Place found = agent.places().at(address.getAddress());
        if (found == null) {
            int errno = CmChecks.isHosts(address.getAddress()) ? Errno.ENODEV : Errno.EADDRNOTAVAIL;
            throw new VerbsException(call, CmChecks.print(address), errno, "no device here has this address");
        }
        return found;
    }

    private static <T> T required(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a cm id lost what its state promises");
        }
        return value;
    }
}
