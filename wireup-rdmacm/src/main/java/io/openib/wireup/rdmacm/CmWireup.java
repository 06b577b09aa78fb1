package io.openib.wireup.rdmacm;

import io.openib.verbs.VerbsException;
import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventChannel;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import io.openib.verbs.cm.ConnectionParameters;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.Loopback;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.QueuePairSettings;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupPort;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The scheme on one port: who asks whom, and who yields. Control thread only, but for {@link #run} and {@link #offer}. */
final class CmWireup {
    private static final int MAX_RETRIES = 7;
    private static final int MAX_DEPTH = 255;

    private final WireupPort port;
    private final Terms terms;
    private final IncomingConnections incoming;
    private final PrivateData.Seal seal;
    private final PrivateData privateData;
    private final boolean hasEstablish;
    private final CmEventChannel channel;
    private final ListenerWatch listener;
    private final InetSocketAddress address;
    private final Runnable onIdle;
    private final Map<PeerName, Peer> peers = new HashMap<>();
    private final Map<PeerName, String> hosts = new HashMap<>();
    private final Turns turns;
    private final PortWatch watch;
    private final Farewells farewells;
    private final Set<LiveConnection> live = new HashSet<>();
    private final Executor routes;
    private boolean isClosed;

    /**
     * @param listener bound and listening, of the same channel
     * @param onIdle run once it is closed and the last connection is released: nobody needs the channel any more
     */
    CmWireup(
            WireupPort port,
            Terms terms,
            IncomingConnections incoming,
            PrivateData.Seal seal,
            boolean hasEstablish,
            CmEventChannel channel,
            CmId listener,
            InetSocketAddress address,
            Runnable onIdle) {
        this.port = port;
        this.terms = terms;
        this.incoming = incoming;
        this.seal = seal;
        this.privateData = PrivateData.of(seal, address);
        this.hasEstablish = hasEstablish;
        this.channel = channel;
        this.listener = new ListenerWatch(port, listener, address);
        this.address = address;
        this.onIdle = onIdle;
        turns = new Turns(terms.maxAttempts());
        watch = new PortWatch(port);
        farewells = new Farewells(port, watch);
        routes = RouteThread.of(port.device().name());
    }

    /**
     * Runs work on the control thread, in the order given; false if that is over. It goes as a timer, of which any number
     * may wait: what has happened cannot be refused because the thread is busy. Any thread.
     */
    boolean run(Runnable work) {
        if (control().isOver()) {
            return false;
        }
        control().schedule(0, work);
        return true;
    }

    /** The same for work that can be refused; false also if too much is waiting. */
    boolean offer(Runnable work) {
        return control().execute(work);
    }

    /** Asks for a connection; what it returns gives it up. */
    Optional<OwnAttempt> connect(PeerContact contact, OutgoingConnection outcome) {
        PeerName name = contact.name();
        hosts.put(name, contact.toString());
        Peer peer = peer(name);
        List<String> differences = port.configuration().differences(contact.configuration());
        InetSocketAddress destination = ContactBlob.decode(contact.blob());
        if (isClosed) {
            outcome.onFailed(failure(Reason.CLOSED, name, "this side's wireup is closed"));
        } else if (name.equals(port.name())) {
            Loopback.connect(port, RdmaCmComponent.NAME, outcome);
        } else if (!listener.end().isEmpty()) {
            outcome.onFailed(failure(Reason.DEVICE, name, listener.end()));
        } else if (!differences.isEmpty()) {
            outcome.onFailed(failure(Reason.CONFIGURATION, name, String.join("; ", differences)));
        } else if (destination == null || !port.isMember(name)) {
            outcome.onFailed(
                    failure(Reason.UNKNOWN_PEER, name, "it did not publish where its connection manager listens"));
        } else if (peer.own() != null) {
            outcome.onFailed(failure(Reason.BUSY, name, "an attempt to connect to it is under way already"));
        } else {
            return Optional.of(begin(peer, contact, destination, outcome));
        }
        return Optional.empty();
    }

    private OwnAttempt begin(
            Peer peer, PeerContact contact, InetSocketAddress destination, OutgoingConnection outcome) {
        EffectiveConfiguration agreed = port.configuration().agreeWith(contact.configuration());
        OwnAttempt own = new OwnAttempt(this, peer, destination, agreed, outcome);
        peer.own(own);
        PeerAttempt theirs = peer.theirs();
        if (theirs == null) {
            turns.ask(own);
        } else {
            own.yieldTo(theirs);
        }
        return own;
    }

    /** An event of the channel. */
    void onCmEvent(CmEvent event) {
        if (event.type() == CmEventType.CONNECT_REQUEST) {
            onRequest(event);
        } else if (listener.isOf(event)) {
            listener.onEvent(event);
        } else if (event.id().context() instanceof CmHandler handler) {
            handler.onEvent(event);
        } else {
            ListenerWatch.noteMeaningless(event, "an id that nobody holds");
        }
    }

    private void onRequest(CmEvent event) {
        CmId id = event.id();
        ConnectionParameters told = event.parameters();
        Hello hello = told == null ? null : privateData.decode(Direction.REQUEST, told.privateData(), told.qpNumber());
        PeerName name = hello == null ? null : memberOf(hello);
        if (isClosed || told == null || hello == null || name == null) {
            // a stranger learns nothing
            Ends.close(id);
            return;
        }
        Optional<EffectiveConfiguration> configuration = configurationOf(name, hello);
        if (configuration.isEmpty()) {
            reject(id, hello, RejectionReason.BUSY, "its configuration is not known here yet");
            return;
        }
        List<String> differences = configuration.get().differences(port.configuration());
        if (!differences.isEmpty()) {
            reject(id, hello, RejectionReason.CONFIGURATION, String.join("; ", differences));
        } else if (!fits(hello)) {
            reject(id, hello, RejectionReason.CONFIGURATION, terms.queues() + " receive queues here, others there");
        } else {
            onMemberRequest(id, peer(name), hello, told, configuration.get());
        }
    }

    private @Nullable PeerName memberOf(Hello hello) {
        if (hello.source() < 0 || hello.destination() != port.name().rank()) {
            return null;
        }
        PeerName name = new PeerName(hello.source());
        return port.isMember(name) && !name.equals(port.name()) ? name : null;
    }

    private Optional<EffectiveConfiguration> configurationOf(PeerName name, Hello hello) {
        if (hello.digest() == port.configuration().digest()) {
            return Optional.of(port.configuration());
        }
        return port.contact(name, RdmaCmComponent.NAME, hello.port())
                .map(PeerContact::configuration)
                .filter(configuration -> configuration.digest() == hello.digest());
    }

    private void onMemberRequest(
            CmId id, Peer peer, Hello hello, ConnectionParameters told, EffectiveConfiguration configuration) {
        PeerAttempt theirs = peer.theirs();
        if (theirs != null && theirs.isSame(hello)) {
            theirs.add(id, hello, told);
            return;
        }
        int age = peer.seen().age(hello);
        if (age > 0) {
            peer.seen().see(hello);
        }
        boolean isOlder = age < 0;
        boolean isWinner = port.name().compareTo(peer.name()) < 0;
        OwnAttempt crossed = isOlder || theirs != null || !isWinner ? null : peer.own();
        if (crossed != null && crossed.standsAgainst(hello, age > 0)) {
            reject(id, hello, RejectionReason.CROSSED, "this side has asked already");
            crossed.askOnce(configuration);
            return;
        }
        if (age <= 0) {
            // Whether it comes late or somebody sends it again: what there is with this peer stays as it is.
            reject(id, hello, RejectionReason.OUTDATED, "this attempt has been seen already");
            return;
        }
        if (theirs != null) {
            theirs.abort(Reason.PEER_FAILED, "it asked anew");
        } else if (crossed != null) {
            crossed.withdraw();
        }
        PeerAttempt anew = new PeerAttempt(this, peer, hello, configuration);
        peer.theirs(anew);
        anew.add(id, hello, told);
        anew.start();
    }

    /** Rejects a request with a reason that the peer can trust, and lets go of its id. */
    void reject(CmId id, Hello request, RejectionReason reason, String text) {
        try {
            id.reject(privateData.encodeRejection(request, new Rejection(reason, request, text)));
        } catch (VerbsException e) {
            // it is over already
        }
        Ends.close(id);
    }

    /** What a member's reply says; null for a stranger's or another's. */
    @Nullable
    Hello decodeReply(PrivateData privateData, CmEvent event, PeerName from) {
        ConnectionParameters told = event.parameters();
        Hello hello = told == null ? null : privateData.decode(Direction.REPLY, told.privateData(), told.qpNumber());
        boolean isTheirs = hello != null
                && hello.source() == from.rank()
                && hello.destination() == port.name().rank();
        return isTheirs ? hello : null;
    }

    /** Why a member rejected our request; null for a connection manager's own rejection, or a stranger's. */
    @Nullable
    Rejection decodeRejection(PrivateData privateData, CmEvent event, int qpNumber, PeerName from, int attempt) {
        if (event.status() != CmEvent.REJECT_CONSUMER) {
            return null;
        }
        Rejection rejection = privateData.decodeRejection(event.privateData(), qpNumber);
        boolean isOurs = rejection != null
                && rejection.about().source() == port.name().rank()
                && rejection.about().destination() == from.rank()
                && rejection.about().attempt() == attempt;
        return isOurs ? rejection : null;
    }

    /** Whether a hello tells either the whole set, or one queue of it. */
    boolean fits(Hello hello) {
        int count = hello.qpNumbers().size();
        boolean isWhole = count == terms.queues() && hello.firstQueue() == 0;
        return isWhole || (count == 1 && hello.firstQueue() < terms.queues());
    }

    /** What a request of ours says, or the reply to one of the peer's. */
    Hello hello(int attempt, Peer to, int firstQueue, List<Integer> numbers) {
        return new Hello(
                attempt,
                terms.numbers().generation(),
                port.name().rank(),
                to.name().rank(),
                port.configuration().digest(),
                port.index(),
                firstQueue,
                numbers,
                to.lastAttempt());
    }

    ConnectionParameters parameters(byte[] data, int qpNumber) {
        QueuePairSettings settings = port.settings();
        return new ConnectionParameters(
                data,
                Math.min(MAX_DEPTH, settings.maxDestRdAtomic()),
                Math.min(MAX_DEPTH, settings.maxRdAtomic()),
                MAX_RETRIES,
                MAX_RETRIES,
                false,
                qpNumber);
    }

    // Connections

    LiveConnection newConnection(
            Peer peer, int peerPort, QueuePairSet set, List<CmId> ids, EffectiveConfiguration agreed, long durationNs) {
        LiveConnection connection = new LiveConnection(this, peer.name(), peerPort, set, ids, agreed, durationNs);
        live.add(connection);
        peer.connection(connection);
        return connection;
    }

    /** The peer has ended it, or died. */
    void onDisconnected(LiveConnection connection, CmEvent event) {
        forget(connection);
        if (!isClosed) {
            incoming.onDisconnected(
                    connection,
                    failure(Reason.DISCONNECTED, connection.peer(), "the connection ended in " + event.type()));
        }
    }

    /** It is not this peer's connection any more. */
    void forget(LiveConnection connection) {
        Peer peer = peer(connection.peer());
        if (peer.connection() == connection) {
            peer.connection(null);
        }
    }

    /** Its ids are closed. */
    void onReleased(LiveConnection connection) {
        live.remove(connection);
        if (isClosed && live.isEmpty()) {
            onIdle.run();
        }
    }

    /** Ends every attempt; connections stay with whoever holds them. */
    void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        listener.close();
        turns.close();
        for (Peer peer : new ArrayList<>(peers.values())) {
            OwnAttempt own = peer.own();
            if (own != null) {
                Ends.quietly("an attempt", () -> own.fail(Reason.CLOSED, "this side's wireup is closing"));
            }
            PeerAttempt theirs = peer.theirs();
            if (theirs != null) {
                Ends.quietly("a request", () -> theirs.abort(Reason.CLOSED, "this side's wireup is closing"));
            }
        }
        boolean isIdle = live.isEmpty();
        farewells.close(); // who goes last of those that it holds up says so
        if (isIdle) {
            onIdle.run();
        }
    }

    // What the parts need

    /** A failure that says where. */
    WireupFailure failure(Reason reason, PeerName peer, String text) {
        String host = port.contact(peer, RdmaCmComponent.NAME)
                .map(PeerContact::toString)
                .orElseGet(() -> hosts.getOrDefault(peer, peer.toString()));
        return new WireupFailure(
                reason,
                peer,
                port.place() + " to " + host + " by " + RdmaCmComponent.NAME + ": " + explained(reason, text));
    }

    /** That nobody answers is no wonder while the port is down. */
    private String explained(Reason reason, String text) {
        boolean isSilence = reason == Reason.TIMEOUT || reason == Reason.UNREACHABLE || reason == Reason.PEER_FAILED;
        String trouble = isSilence ? watch.trouble() : "";
        return trouble.isEmpty() || text.contains(trouble) ? text : text + "; " + trouble;
    }

    private Peer peer(PeerName name) {
        return peers.computeIfAbsent(name, added -> new Peer(added, terms.numbers()));
    }

    WireupPort port() {
        return port;
    }

    ControlExecutor control() {
        return port.control();
    }

    IncomingConnections incoming() {
        return incoming;
    }

    Terms terms() {
        return terms;
    }

    Turns turns() {
        return turns;
    }

    PortWatch watch() {
        return watch;
    }

    Farewells farewells() {
        return farewells;
    }

    /** Of what comes to this side's listener, and of the answers. */
    PrivateData privateData() {
        return privateData;
    }

    /** Of what goes to a peer's listener, and of the answers. */
    PrivateData privateDataTo(InetSocketAddress listener) {
        return PrivateData.of(seal, listener);
    }

    CmEventChannel channel() {
        return channel;
    }

    /** Where to ask for routes. */
    Executor routes() {
        return routes;
    }

    boolean hasEstablish() {
        return hasEstablish;
    }

    /** The address that requests go out from. */
    InetSocketAddress source() {
        return new InetSocketAddress(address.getAddress(), 0);
    }
}
