package io.openib.wireup.testkit;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.AccessFlag;
import io.openib.verbs.Device;
import io.openib.verbs.Gid;
import io.openib.verbs.Mtu;
import io.openib.verbs.QueuePair;
import io.openib.verbs.VerbsProvider;
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
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupModule.PendingConnection;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupPort;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.PeerStage.Depths;
import java.io.Serializable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process of a test's job: a port, a transport that does little, and the scheme under test on it. */
public final class TestProcess implements WireupPort, QueuePairOwner, IncomingConnections, AutoCloseable {
    private static final int QUEUES = 3;
    private static final int RECEIVES = 2;
    private static final int MAX_INDEX = 254;
    private static final long WAIT_MS = 20_000;
    private static final long IPV4_MARK = 0xffffL;

    /** What was told, and on which thread. */
    public record Told(@Nullable Connection connection, @Nullable WireupFailure failure, boolean wasOnControlThread) {
        Connection requireConnection() {
            if (connection == null) {
                throw new AssertionError("not connected: " + failure);
            }
            return connection;
        }

        WireupFailure requireFailure() {
            if (failure == null) {
                throw new AssertionError("connected, and should have failed");
            }
            return failure;
        }
    }

    /**
     * How a process is.
     *
     * @param rank its name
     * @param jobId of its job
     * @param secret of its job; empty for none
     * @param receiveQueues that it runs with
     * @param jobSize processes that its job has
     * @param isJobLocal whether they are all on this host
     * @param depths of its queue pairs, at most
     */
    public record Identity(
            int rank, String jobId, String secret, String receiveQueues, int jobSize, boolean isJobLocal, Depths depths)
            implements Serializable {
        /** With the usual depths. */
        public Identity(int rank, String jobId, String secret, String receiveQueues, int jobSize, boolean isJobLocal) {
            this(rank, jobId, secret, receiveQueues, jobSize, isJobLocal, new Depths(4, 4));
        }

        /** Of a job on this host. */
        public Identity(int rank, String jobId, String secret, String receiveQueues, int jobSize) {
            this(rank, jobId, secret, receiveQueues, jobSize, true);
        }

        /** Of the usual job. */
        public static Identity of(int rank) {
            return new Identity(rank, "job", "secret", "P,128,256,192,128", 64);
        }

        /** The same of a job on several hosts. */
        Identity spread() {
            return new Identity(rank, jobId, secret, receiveQueues, jobSize, false, depths);
        }

        /** The same with queue pairs of other depths. */
        public Identity with(Depths others) {
            return new Identity(rank, jobId, secret, receiveQueues, jobSize, isJobLocal, others);
        }
    }

    final BlockingQueue<Told> toldX = new LinkedBlockingQueue<>();
    final BlockingQueue<Told> toldDisconnected = new LinkedBlockingQueue<>();
    final BlockingQueue<IncomingRequest> requests = new LinkedBlockingQueue<>();
    private final List<IncomingRequest> held = new ArrayList<>();
    final List<QueuePairSet> sets = Collections.synchronizedList(new ArrayList<>());
    final List<QueuePairSet> discarded = Collections.synchronizedList(new ArrayList<>());
    private final Fabric.Port fabric;
    private final Identity identity;
    private final ControlThread control;
    private final WireupModule module;
    private final AtomicInteger requestCount = new AtomicInteger();
    private final AtomicInteger askedElsewhere = new AtomicInteger();
    private volatile Consumer<IncomingRequest> admission = this::accept;

    /**
     * Opens a scheme.
     *
     * @throws WireupRefusedException if it does not run here
     */
    public TestProcess(Fabric fabric, Identity identity, WireupComponent component, Map<String, String> values)
            throws WireupRefusedException {
        this.fabric = fabric.open();
        this.identity = identity;
        this.control = new ControlThread("control-" + identity.rank(), 10_000);
        List<Parameter<?>> declared = new ArrayList<>(new WireupParameters().parameters());
        declared.addAll(component.parameters());
        try {
            this.module = component.open(this, McaParameters.of(values, declared), this);
        } catch (WireupRefusedException e) {
            control.close();
            this.fabric.close();
            throw e;
        }
    }

    /** The scheme's module. */
    public WireupModule module() {
        return module;
    }

    /** What it does with requests from now on, in place of accepting them at once. */
    public void admission(Consumer<IncomingRequest> answer) {
        admission = answer;
    }

    /** Keeps a request. Control thread. */
    void hold(IncomingRequest request) {
        held.add(request);
    }

    /** Accepts what it holds, and from now on at once. */
    void acceptAll() {
        control.execute(() -> {
            admission = this::accept;
            held.forEach(this::accept);
            held.clear();
        });
    }

    /** What the modex would say of it. */
    public PeerContact asContact() {
        return new PeerContact(name(), host(), configuration(), module.contact());
    }

    /** Connects; the future has the outcome. */
    public CompletableFuture<Told> connect(TestProcess peer) {
        return connect(peer.asContact());
    }

    /** Connects; the future has the outcome. */
    public CompletableFuture<Told> connect(PeerContact peer) {
        return attempt(peer).future();
    }

    /** Connects, and can be cancelled. */
    Attempt attempt(PeerContact peer) {
        Outgoing outgoing = new Outgoing();
        return new Attempt(module.connect(peer, outgoing), outgoing.future);
    }

    /** What is under way, and its outcome. */
    record Attempt(PendingConnection pending, CompletableFuture<Told> future) {}

    /** What the modex would say of it, in a form that travels. */
    PeerCard card() {
        return new PeerCard(identity.rank(), host(), identity.receiveQueues(), module.contact());
    }

    /** What has happened so far. */
    PeerStage.Counts counts() {
        return new PeerStage.Counts(
                sets.size(),
                discarded.size(),
                requestCount.get(),
                toldX.size(),
                toldDisconnected.size(),
                askedElsewhere.get());
    }

    private final class Outgoing implements OutgoingConnection {
        final CompletableFuture<Told> future = new CompletableFuture<>();

        @Override
        public void onConnected(Connection connection) {
            complete(new Told(connection, null, control.isControlThread()));
        }

        @Override
        public void onFailed(WireupFailure failure) {
            complete(new Told(null, failure, control.isControlThread()));
        }

        private void complete(Told told) {
            if (!future.complete(told)) {
                toldX.add(
                        new Told(null, new WireupFailure(WireupFailure.Reason.BUSY, name(), "Y was told twice"), true));
            }
        }
    }

    /** The outcome, in bounded time. */
    static Told outcome(CompletableFuture<Told> future) {
        try {
            return future.get(WAIT_MS, TimeUnit.MILLISECONDS);
        } catch (Exception e) {
            throw new AssertionError("no outcome in time", e);
        }
    }

    /** What X was told next, in bounded time. */
    Told nextToX() {
        return next(toldX);
    }

    /** The next request, in bounded time. */
    IncomingRequest nextRequest() {
        return next(requests);
    }

    /** What is next in a queue, in bounded time. */
    static <T> T next(BlockingQueue<T> queue) {
        try {
            T found = queue.poll(WAIT_MS, TimeUnit.MILLISECONDS);
            if (found == null) {
                throw new AssertionError("nothing came in time");
            }
            return found;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Accepts with the right set, and answers twice more: only the first counts. */
    public void accept(IncomingRequest request) {
        QueuePairSet set = request.ownSet().orElseGet(() -> createQueuePairs(request.peer()));
        request.accept(set);
        request.accept(set);
        request.refuse("said after it was accepted");
    }

    /** Whether a SEND on each queue pair succeeds at once. */
    boolean canSend(QueuePairSet set) {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (QueuePair qp : set.queuePairs()) {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            fabric.send(qp, answer::complete);
            answers.add(answer);
        }
        return answers.stream().allMatch(CompletableFuture::join);
    }

    /** Waits until the control thread has done all that it had to do. */
    void settle() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        if (!control.execute(() -> done.complete(true))) {
            return;
        }
        done.orTimeout(WAIT_MS, TimeUnit.MILLISECONDS).join();
    }

    @Override
    public void onRequest(IncomingRequest request) {
        requestCount.incrementAndGet();
        askedElsewhere.addAndGet(control.isControlThread() ? 0 : 1);
        requests.add(request);
        admission.accept(request);
    }

    @Override
    public void onConnected(Connection connection) {
        toldX.add(new Told(connection, null, control.isControlThread()));
    }

    @Override
    public void onFailed(WireupFailure failure) {
        toldX.add(new Told(null, failure, control.isControlThread()));
    }

    @Override
    public void onDisconnected(Connection connection, WireupFailure failure) {
        toldDisconnected.add(new Told(connection, failure, control.isControlThread()));
    }

    @Override
    public QueuePairSet createQueuePairs(PeerName peer) {
        List<QueuePair> made = new ArrayList<>();
        for (int i = 0; i < QUEUES; i++) {
            made.add(fabric.createQueuePair());
        }
        QueuePairSet set = QueuePairSet.initialize(made, settings(), this);
        sets.add(set);
        return set;
    }

    @Override
    public void postReceives(QueuePairSet set) {
        for (QueuePair qp : set.queuePairs()) {
            for (int i = 0; i < RECEIVES; i++) {
                fabric.postReceive(qp);
            }
        }
    }

    @Override
    public void probe(QueuePairSet set, ProbeAnswer answer) {
        fabric.write(set.queuePairs().get(0), answer);
    }

    @Override
    public void discard(QueuePairSet set) {
        discarded.add(set);
        set.queuePairs().forEach(fabric::destroy);
    }

    /** Ends the process as a kill does: nobody is told, and its queue pairs answer no more. */
    void die() {
        control.close();
        fabric.close();
        module.close();
    }

    @Override
    public QueuePairSettings settings() {
        Set<AccessFlag> access = Set.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);
        return new QueuePairSettings(
                fabric.port(),
                0,
                fabric.gidIndex(),
                access,
                Mtu.MTU_1024,
                0,
                0,
                12,
                10,
                3,
                Collections.nCopies(QUEUES, 0),
                identity.depths().outstanding(),
                identity.depths().answered());
    }

    @Override
    public EffectiveConfiguration configuration() {
        return configuration(identity.receiveQueues());
    }

    static EffectiveConfiguration configuration(String receiveQueues) {
        return EffectiveConfiguration.of(1, receiveQueues, Mtu.MTU_1024, Map.of("btl_openib_eager_limit", 12_288L));
    }

    @Override
    public Device device() {
        return fabric.device();
    }

    @Override
    public VerbsProvider provider() {
        return fabric.provider();
    }

    @Override
    public int port() {
        return fabric.port();
    }

    @Override
    public int index() {
        return index(identity.rank());
    }

    /** Of each process another one, as if it had more ports than this one. */
    static int index(int rank) {
        return MAX_INDEX - rank % MAX_INDEX;
    }

    @Override
    public Optional<InetAddress> address() {
        // On RoCE a row of the table names the interface's address; the connection manager knows the device by it.
        Gid gid = fabric.device().queryGid(fabric.port(), fabric.gidIndex()).gid();
        boolean hasAddress = ((gid.interfaceId() >>> 32) & IPV4_MARK) == IPV4_MARK;
        return Optional.of(
                hasAddress
                        ? new Gid(0, (IPV4_MARK << 32) | (gid.interfaceId() & 0xffff_ffffL)).toAddress()
                        : InetAddress.getLoopbackAddress());
    }

    @Override
    public String host() {
        return "node" + identity.rank();
    }

    @Override
    public PeerName name() {
        return new PeerName(identity.rank());
    }

    @Override
    public String jobId() {
        return identity.jobId();
    }

    @Override
    public Optional<byte[]> jobSecret() {
        return identity.secret().isEmpty()
                ? Optional.empty()
                : Optional.of(identity.secret().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Override
    public boolean isJobLocal() {
        return identity.isJobLocal();
    }

    @Override
    public boolean isMember(PeerName peer) {
        return peer.rank() < identity.jobSize();
    }

    @Override
    public Optional<PeerContact> contact(PeerName peer, String scheme) {
        return Optional.empty();
    }

    @Override
    public ControlExecutor control() {
        return control;
    }

    @Override
    public void close() {
        module.close();
        control.close();
        fabric.close();
    }
}
