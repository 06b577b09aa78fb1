package io.openib.wireup;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Device;
import io.openib.verbs.Mtu;
import io.openib.verbs.QpState;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsProvider;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One process of a simulated job: its port, its transport, and its handshakes. */
final class SimulatedProcess implements WireupPort, QueuePairOwner, IncomingConnections, Simulation.Host {
    static final int QUEUES = 2;
    static final int TIMEOUT_MS = 1_000;
    static final int RETRIES = 15;
    private static final int MODULES = 1000;

    /** How the transport answers a request. */
    enum Admission {
        AT_ONCE,
        LATER,
        NEVER,
        REFUSE
    }

    /** What became of something. */
    enum Outcome {
        CONNECTED,
        FAILED,
        DISCONNECTED
    }

    final List<Outcome> outcomes = new ArrayList<>();
    final List<WireupFailure> failures = new ArrayList<>();
    final List<IncomingRequest> requests = new ArrayList<>();
    final List<QueuePairSet> sets = new ArrayList<>();
    final List<QueuePairSet> discarded = new ArrayList<>();
    /** Whose way was given up. */
    final List<PeerName> finished = new ArrayList<>();

    final Handshakes handshakes;
    Admission admission = Admission.AT_ONCE;
    /** What its settings say. */
    int gidIndex;

    int fromX;
    int fromY;
    boolean isDead;

    /** What its carrier throws. */
    @Nullable
    Error sendError;

    /** What its transport throws when it gets a set back. */
    @Nullable
    RuntimeException discardError;

    @Nullable
    Connection connection;

    private final SimulatedJob job;
    private final int module;
    private final PeerName name;
    final FakeDevice fake;
    private final Device device;
    private final ControlExecutor control;
    private final EffectiveConfiguration configuration;

    SimulatedProcess(SimulatedJob job, int rank, long generation, EffectiveConfiguration configuration) {
        this.job = job;
        this.name = new PeerName(rank);
        this.configuration = configuration;
        this.fake = new FakeDevice(job.fabric, generation * 1000 + rank);
        this.device = fake.device();
        this.control = job.simulation.control(this);
        this.module = (int) generation * MODULES + rank;
        MessageCarrier carrier = new MessageCarrier() {
            @Override
            public int module() {
                return module;
            }

            @Override
            public int module(PeerContact contact) {
                return ByteBuffer.wrap(contact.blob()).getInt();
            }

            @Override
            public void send(PeerName peer, int to, @Nullable PeerContact contact, byte[] message) {
                if (sendError != null) {
                    throw sendError;
                }
                job.send(name, peer, message);
            }

            @Override
            public void finished(PeerName peer, int from) {
                finished.add(peer);
            }
        };
        handshakes = Handshakes.create(
                this,
                new HandshakeSettings("simulated", TIMEOUT_MS, RETRIES, job.maxAttempts),
                carrier,
                this,
                job.simulation.random(),
                generation);
    }

    static EffectiveConfiguration configuration(String receiveQueues) {
        return EffectiveConfiguration.of(1, receiveQueues, Mtu.MTU_1024, Map.of("btl_openib_eager_limit", 12_288L));
    }

    WireupModule.PendingConnection connect(SimulatedProcess peer) {
        return handshakes.connect(peer.asContact(), outgoing());
    }

    PeerContact asContact() {
        return new PeerContact(
                name,
                "node" + name.rank(),
                configuration,
                ByteBuffer.allocate(Integer.BYTES).putInt(module).array());
    }

    OutgoingConnection outgoing() {
        return new OutgoingConnection() {
            @Override
            public void onConnected(Connection made) {
                fromY++;
                take(made);
            }

            @Override
            public void onFailed(WireupFailure failure) {
                fromY++;
                outcomes.add(Outcome.FAILED);
                failures.add(failure);
            }
        };
    }

    private void take(Connection made) {
        connection = made;
        outcomes.add(Outcome.CONNECTED);
    }

    /** What counts in the end. */
    @Nullable
    Outcome last() {
        return outcomes.isEmpty() ? null : outcomes.get(outcomes.size() - 1);
    }

    Connection requireConnection() {
        return Optional.ofNullable(connection).orElseThrow();
    }

    /** Whether data that this process sends on its connection now would arrive. */
    boolean reaches() {
        Connection made = connection;
        return made != null && made.queuePairs().queuePairs().stream().allMatch(qp -> fake.isAnswered(fake.of(qp)));
    }

    /** Everything that it did is over; nobody is told. */
    void die() {
        isDead = true;
        sets.forEach(QueuePairSet::toError);
    }

    @Override
    public void run(Runnable work) {
        if (!isDead) {
            work.run();
        }
    }

    @Override
    public void onRequest(IncomingRequest request) {
        requests.add(request);
        switch (admission) {
            case AT_ONCE -> accept(request);
            case LATER -> control.schedule(job.simulation.random().nextInt(TIMEOUT_MS / 4), () -> accept(request));
            case REFUSE -> request.refuse("not wanted");
            case NEVER -> {
                // not a word
            }
        }
    }

    void accept(IncomingRequest request) {
        request.accept(request.ownSet().orElseGet(() -> createQueuePairs(request.peer())));
    }

    @Override
    public void onConnected(Connection made) {
        fromX++;
        take(made);
    }

    @Override
    public void onFailed(WireupFailure failure) {
        fromX++;
        outcomes.add(Outcome.FAILED);
        failures.add(failure);
    }

    @Override
    public void onDisconnected(Connection over, WireupFailure failure) {
        over.queuePairs().toError();
        outcomes.add(Outcome.DISCONNECTED);
        failures.add(failure);
    }

    @Override
    public QueuePairSet createQueuePairs(PeerName peer) {
        List<QueuePair> made = new ArrayList<>();
        for (int i = 0; i < QUEUES; i++) {
            made.add(fake.queuePair());
        }
        QueuePairSet set = QueuePairSet.initialize(made, settings(), this);
        sets.add(set);
        return set;
    }

    @Override
    public void postReceives(QueuePairSet set) {
        set.queuePairs().forEach(qp -> {
            if (fake.of(qp).state == QpState.INIT) {
                fake.of(qp).hasReceives = true;
            }
        });
    }

    @Override
    public void probe(QueuePairSet set, ProbeAnswer answer) {
        FakeDevice.Qp first = fake.of(set.queuePairs().get(0));
        job.simulation.after(20_000_000, () -> run(() -> answer.onAnswer(fake.isAnswered(first))));
    }

    @Override
    public void discard(QueuePairSet set) {
        discarded.add(set);
        if (discardError != null) {
            throw discardError;
        }
    }

    @Override
    public QueuePairSettings settings() {
        Set<AccessFlag> access = Set.of(AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE, AccessFlag.LOCAL_WRITE);
        return new QueuePairSettings(1, 0, gidIndex, access, Mtu.MTU_1024, 0, 0, 12, 14, 7, List.of(7, 7), 4, 4);
    }

    @Override
    public EffectiveConfiguration configuration() {
        return configuration;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public VerbsProvider provider() {
        throw new AssertionError("a handshake needs no provider");
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
        return Optional.empty();
    }

    @Override
    public String host() {
        return "node" + name.rank();
    }

    @Override
    public PeerName name() {
        return name;
    }

    @Override
    public String jobId() {
        return "job";
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return Optional.of(new byte[32]);
    }

    @Override
    public boolean isJobLocal() {
        return true;
    }

    @Override
    public boolean isMember(PeerName peer) {
        return peer.rank() < job.size;
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme) {
        return Optional.empty();
    }

    @Override
    public ControlExecutor control() {
        return control;
    }
}
