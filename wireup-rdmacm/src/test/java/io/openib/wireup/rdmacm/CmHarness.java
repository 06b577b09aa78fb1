package io.openib.wireup.rdmacm;

import static java.util.Objects.requireNonNull;

import io.openib.mca.McaParameters;
import io.openib.verbs.Device;
import io.openib.verbs.Errno;
import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.PortState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.cm.ConnectionManager;
import io.openib.verbs.soft.cm.CmAddress;
import io.openib.verbs.soft.cm.CmFaults;
import io.openib.verbs.soft.cm.CmMessageKind;
import io.openib.verbs.soft.cm.CmPort;
import io.openib.verbs.soft.cm.CmSettings;
import io.openib.verbs.soft.cm.SoftConnectionManager;
import io.openib.wireup.Connection;
import io.openib.wireup.ControlExecutor;
import io.openib.wireup.ControlThread;
import io.openib.wireup.EffectiveConfiguration;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairOwner;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.QueuePairSettings;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A process with a wireup over the software connection manager, and scripted queue pairs. */
final class CmHarness implements WireupPort, IncomingConnections, QueuePairOwner, AutoCloseable {
    static final long WAIT_MS = 30_000;
    static final CmSettings CM = new CmSettings(40, 20, 10_000, 20, 5_000, 64, 1024);

    /** What a side may be told. */
    record Told(@Nullable Connection connection, @Nullable WireupFailure failure) {}

    /** How a harness is made. */
    static final class Options {
        int queues = 4;
        int trafficClass;
        int jobSize = 10;
        String receiveQueues = "P,128";
        Mtu mtu = Mtu.MTU_4096;
        byte[] secret = {1};

        @Nullable
        InetAddress address = InetAddress.getLoopbackAddress();

        boolean isJobLocal = true;
        String jobId = "job";
        int retryCount = 5;
        long deadlineMs = 20_000;
        int maxAttempts = 64;
        int maxWaiting = 10_000;
        boolean hasEstablish = true;
        CmFaults faults = CmFaults.NONE;

        @Nullable
        RequestTape tape;

        @Nullable
        EventInjector injector;

        /** Stands before the connection manager. */
        UnaryOperator<ConnectionManager> before = UnaryOperator.identity();

        /** Another port's of the same process. */
        RdmaCmComponent component = new RdmaCmComponent();
    }

    private static final AtomicInteger QP_NUMBERS = new AtomicInteger(100);

    final BlockingQueue<Told> outgoing = new LinkedBlockingQueue<>();
    final BlockingQueue<Told> incoming = new LinkedBlockingQueue<>();
    final BlockingQueue<Connection> disconnected = new LinkedBlockingQueue<>();
    final List<PeerName> asked = Collections.synchronizedList(new ArrayList<>());
    final List<QueuePairSet> made = Collections.synchronizedList(new ArrayList<>());
    final List<QueuePairSet> discarded = Collections.synchronizedList(new ArrayList<>());
    /** What the transport throws when it gets a set back. */
    volatile @Nullable RuntimeException discardError;

    final List<Integer> numbersToReuse = Collections.synchronizedList(new ArrayList<>());
    final Map<PeerName, PeerContact> contacts = new ConcurrentHashMap<>();
    /** Those of ports that peers name. */
    final Map<PeerName, PeerContact> contactsOfPorts = new ConcurrentHashMap<>();

    final AtomicInteger probes = new AtomicInteger();
    final AtomicInteger looks = new AtomicInteger();
    volatile PortState portState = PortState.ACTIVE;
    volatile boolean isGone;
    volatile boolean isProbeAnswered = true;
    volatile boolean isProbeMute;
    volatile boolean isFull;
    volatile CompletableFuture<@Nullable Void> gate = CompletableFuture.completedFuture(null);
    volatile Consumer<IncomingRequest> policy = request -> {
        CompletableFuture<?> unused = gate.thenRun(() -> accept(request));
    };

    private final PeerName name;
    private final Options options;
    private final ControlThread control;
    private final ScriptedDevice device;
    private final WireupModule module;

    CmHarness(int rank, Options options) {
        this.name = new PeerName(rank);
        this.options = options;
        control = new ControlThread("control-" + rank, options.maxWaiting);
        Gid gid = new Gid(0xfdL << 56, rank);
        CmAddress address = new CmAddress(InetAddress.getLoopbackAddress(), gid, 1);
        SoftConnectionManager soft = new SoftConnectionManager(
                () -> List.of(
                        new CmPort("soft0", 1, rank, 0, Mtu.MTU_1024, portState == PortState.ACTIVE, List.of(address))),
                options.faults,
                CM);
        ConnectionManager manager = options.hasEstablish ? soft : new OldManager(soft);
        if (options.tape != null) {
            manager = options.tape.listeningTo(manager);
        }
        if (options.injector != null) {
            manager = options.injector.joining(manager);
        }
        device = new ScriptedDevice(gid, options.before.apply(manager), this::look);
        RdmaCmComponent component = options.component;
        McaParameters parameters = McaParameters.of(
                Map.of(
                        RdmaCmParameters.RETRY_COUNT.name(), Integer.toString(options.retryCount),
                        RdmaCmParameters.CONNECT_TIMEOUT.name(), Long.toString(options.deadlineMs),
                        WireupParameters.MAX_ATTEMPTS.name(), Integer.toString(options.maxAttempts)),
                component.parameters());
        try {
            module = component.open(this, parameters, this);
        } catch (WireupRefusedException e) {
            throw new AssertionError(e);
        }
    }

    private PortState look() {
        looks.incrementAndGet();
        if (isGone) {
            throw new VerbsException("ibv_query_port", "soft0:1", Errno.EIO, "the device is gone");
        }
        return portState;
    }

    WireupModule module() {
        return module;
    }

    PeerContact asContact() {
        return new PeerContact(name, host(), configuration(), module.contact());
    }

    WireupModule.PendingConnection connect(CmHarness peer) {
        return connect(peer.asContact());
    }

    WireupModule.PendingConnection connect(PeerContact contact) {
        return module.connect(contact, new OutgoingConnection() {
            @Override
            public void onConnected(Connection connection) {
                outgoing.add(new Told(connection, null));
            }

            @Override
            public void onFailed(WireupFailure failure) {
                outgoing.add(new Told(null, failure));
            }
        });
    }

    private void accept(IncomingRequest request) {
        request.accept(request.ownSet().orElseGet(() -> createQueuePairs(request.peer())));
    }

    /** What becomes of each message that a side sends; it rejects no request by itself. */
    static CmFaults faults(Function<CmMessageKind, CmFaults.Fate> fate) {
        return new CmFaults() {
            @Override
            public Fate fateOf(CmMessageKind kind) {
                return fate.apply(kind);
            }

            @Override
            public boolean rejectsRequest() {
                return false;
            }
        };
    }

    /** Both ask before either is answered. */
    static void cross(CmHarness one, CmHarness two) {
        one.gate = new CompletableFuture<>();
        two.gate = one.gate;
        one.connect(two);
        two.connect(one);
        one.gate.complete(null);
    }

    static Told take(BlockingQueue<Told> queue) throws InterruptedException {
        return requireNonNull(queue.poll(WAIT_MS, TimeUnit.MILLISECONDS), "no outcome");
    }

    static Connection connected(BlockingQueue<Told> queue) throws InterruptedException {
        Told told = take(queue);
        return requireNonNull(told.connection(), () -> "failed: " + told.failure());
    }

    static WireupFailure failed(BlockingQueue<Told> queue) throws InterruptedException {
        return requireNonNull(take(queue).failure(), "connected");
    }

    Connection awaitDisconnected() throws InterruptedException {
        return requireNonNull(disconnected.poll(WAIT_MS, TimeUnit.MILLISECONDS), "not disconnected");
    }

    /** As the transport does with a connection that it has no more use for. */
    void retire(Connection connection) {
        connection.disconnect();
        connection.queuePairs().discard();
        connection.close();
    }

    // X

    @Override
    public void onRequest(IncomingRequest request) {
        asked.add(request.peer());
        policy.accept(request);
    }

    @Override
    public void onConnected(Connection connection) {
        incoming.add(new Told(connection, null));
    }

    @Override
    public void onFailed(WireupFailure failure) {
        incoming.add(new Told(null, failure));
    }

    @Override
    public void onDisconnected(Connection connection, WireupFailure failure) {
        retire(connection);
        disconnected.add(connection);
    }

    // The set's owner

    @Override
    public void postReceives(QueuePairSet set) {
        set.queuePairs().forEach(qp -> ((ScriptedQueuePair) qp).hasReceives = true);
    }

    @Override
    public void probe(QueuePairSet set, ProbeAnswer answer) {
        probes.incrementAndGet();
        if (!isProbeMute) {
            answer.onAnswer(isProbeAnswered);
        }
    }

    @Override
    public void discard(QueuePairSet set) {
        discarded.add(set);
        RuntimeException error = discardError;
        if (error != null) {
            throw error;
        }
    }

    // The port

    @Override
    public Device device() {
        return device;
    }

    @Override
    public VerbsProvider provider() {
        return device;
    }

    @Override
    public int port() {
        return 1;
    }

    @Override
    public int index() {
        return 0;
    }

    @Override
    public Optional<InetAddress> address() {
        return Optional.ofNullable(options.address);
    }

    @Override
    public String host() {
        return "here";
    }

    @Override
    public PeerName name() {
        return name;
    }

    @Override
    public String jobId() {
        return options.jobId;
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return Optional.of(options.secret.clone());
    }

    @Override
    public boolean isJobLocal() {
        return options.isJobLocal;
    }

    @Override
    public boolean isMember(PeerName peer) {
        return peer.rank() < options.jobSize;
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme) {
        return Optional.ofNullable(contacts.get(peer));
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme, int peerPort) {
        PeerContact named = peerPort == index() ? contactsOfPorts.get(peer) : null;
        return named == null ? contact(peer, scheme) : Optional.of(named);
    }

    @Override
    public EffectiveConfiguration configuration() {
        return EffectiveConfiguration.of(1, options.receiveQueues, options.mtu, Map.of());
    }

    @Override
    public QueuePairSettings settings() {
        return new QueuePairSettings(
                1,
                0,
                1,
                Set.of(),
                Mtu.MTU_4096,
                0,
                options.trafficClass,
                12,
                14,
                7,
                Collections.nCopies(options.queues, 7),
                4,
                4);
    }

    @Override
    public QueuePairSet createQueuePairs(PeerName peer) {
        if (isFull) {
            throw new VerbsException("ibv_create_qp", "soft0:1", Errno.ENOMEM, "no room");
        }
        List<QueuePair> queuePairs = new ArrayList<>();
        for (int i = 0; i < options.queues; i++) {
            int number = numbersToReuse.isEmpty() ? QP_NUMBERS.incrementAndGet() : numbersToReuse.remove(0);
            queuePairs.add(new ScriptedQueuePair(number));
        }
        QueuePairSet set = QueuePairSet.initialize(queuePairs, settings(), this);
        made.add(set);
        return set;
    }

    @Override
    public ControlExecutor control() {
        return control;
    }

    /** The process dies, as far as anybody outside can tell: everything it holds is closed. */
    @Override
    public void close() {
        module.close();
        for (QueuePairSet set : List.copyOf(made)) {
            set.discard();
        }
        control.close();
    }
}
