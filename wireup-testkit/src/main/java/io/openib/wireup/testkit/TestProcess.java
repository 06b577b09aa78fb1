package io.openib.wireup.testkit;

import io.openib.mca.McaParameters;
import io.openib.mca.Parameter;
import io.openib.verbs.QueuePair;
import io.openib.wireup.Connection;
import io.openib.wireup.IncomingConnections;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.OutgoingConnection;
import io.openib.wireup.PeerContact;
import io.openib.wireup.PeerName;
import io.openib.wireup.QueuePairOwner;
import io.openib.wireup.QueuePairSet;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupModule;
import io.openib.wireup.WireupModule.PendingConnection;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.PeerStage.Depths;
import io.openib.wireup.testkit.PeerStage.Limits;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process of a test's job: a port, a transport that does little, and the scheme under test on it. */
public final class TestProcess extends ProcessPort implements QueuePairOwner, IncomingConnections, AutoCloseable {
    private static final int RECEIVES = 2;
    private static final long WAIT_MS = 20_000;

    /** What was told, on which thread, and when. */
    public record Told(
            @Nullable Connection connection,
            @Nullable WireupFailure failure,
            boolean wasOnControlThread,
            Moment moment) {
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
     * @param limits of what it sends
     */
    public record Identity(
            int rank,
            String jobId,
            String secret,
            String receiveQueues,
            int jobSize,
            boolean isJobLocal,
            Depths depths,
            Limits limits)
            implements Serializable {
        /** With the usual depths and limits. */
        public Identity(int rank, String jobId, String secret, String receiveQueues, int jobSize, boolean isJobLocal) {
            this(rank, jobId, secret, receiveQueues, jobSize, isJobLocal, new Depths(4, 4), Limits.USUAL);
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
            return new Identity(rank, jobId, secret, receiveQueues, jobSize, false, depths, limits);
        }

        /** The same with queue pairs of other depths. */
        public Identity with(Depths others) {
            return new Identity(rank, jobId, secret, receiveQueues, jobSize, isJobLocal, others, limits);
        }

        /** The same with other limits. */
        public Identity with(Limits others) {
            return new Identity(rank, jobId, secret, receiveQueues, jobSize, isJobLocal, depths, others);
        }
    }

    final BlockingQueue<Told> toldX = new LinkedBlockingQueue<>();
    final BlockingQueue<Told> toldDisconnected = new LinkedBlockingQueue<>();
    final BlockingQueue<IncomingRequest> requests = new LinkedBlockingQueue<>();
    private final List<IncomingRequest> held = new ArrayList<>();
    final List<QueuePairSet> sets = Collections.synchronizedList(new ArrayList<>());
    final List<QueuePairSet> discarded = Collections.synchronizedList(new ArrayList<>());
    private final WireupModule module;
    private final AtomicInteger requestCount = new AtomicInteger();
    private final AtomicInteger askedElsewhere = new AtomicInteger();
    private final Outcomes outcomes = new Outcomes();
    private final int deadlineMs;
    /** Of the last request of each peer, from when it came or was accepted; of the last connection, from when it was told. */
    private final Map<PeerName, DeadlineWatch> watches = new ConcurrentHashMap<>();

    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Consumer<IncomingRequest> admission = this::accept;

    /**
     * Opens a scheme.
     *
     * @throws WireupRefusedException if it does not run here
     */
    public TestProcess(Fabric fabric, Identity identity, WireupComponent component, Map<String, String> values)
            throws WireupRefusedException {
        this(fabric, identity, component, values, (int) WAIT_MS);
    }

    /** The same, with the deadline of an attempt that the values make. */
    TestProcess(Fabric fabric, Identity identity, WireupComponent component, Map<String, String> values, int deadlineMs)
            throws WireupRefusedException {
        super(fabric.open(), identity);
        this.deadlineMs = deadlineMs;
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
        Outgoing outgoing = new Outgoing(DeadlineWatch.begin(control, deadlineMs));
        outgoing.caller = Thread.currentThread();
        try {
            return new Attempt(module.connect(peer, outgoing), outgoing.future);
        } finally {
            outgoing.caller = null;
        }
    }

    /** The same from the control thread. */
    Attempt attemptFromControl(PeerContact peer) {
        CompletableFuture<Attempt> made = new CompletableFuture<>();
        control.execute(() -> made.complete(attempt(peer)));
        return made.orTimeout(WAIT_MS, TimeUnit.MILLISECONDS).join();
    }

    /** Keeps the control thread busy until it is let go, or too long. */
    void hold() {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch until = new CountDownLatch(1);
        gate = until;
        control.execute(() -> {
            held.countDown();
            await(until);
        });
        await(held);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(WAIT_MS, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("nobody came in time");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void letGo() {
        gate.countDown();
    }

    /** What is under way, and its outcome. */
    record Attempt(PendingConnection pending, CompletableFuture<Told> future) {}

    /** What the modex would say of it, in a form that travels. */
    PeerCard card() {
        return new PeerCard(identity.rank(), host(), identity.receiveQueues(), identity.limits(), module.contact());
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

    /** What it was told that no promise allows, each as a sentence. */
    List<String> broken() {
        return outcomes.broken().stream().map(what -> name() + ": " + what).toList();
    }

    private final class Outgoing implements OutgoingConnection {
        final CompletableFuture<Told> future = new CompletableFuture<>();
        private final DeadlineWatch watch;
        /** Who is within the call to connect, if somebody is. */
        private volatile @Nullable Thread caller;

        Outgoing(DeadlineWatch watch) {
            this.watch = watch;
        }

        @Override
        public void onConnected(Connection connection) {
            noteConnected(connection);
            complete(connection, null);
        }

        @Override
        public void onFailed(WireupFailure failure) {
            complete(null, failure);
        }

        private void complete(@Nullable Connection connection, @Nullable WireupFailure failure) {
            outcomes.onCallback("Y was told", control.isControlThread());
            if (caller == Thread.currentThread()) {
                outcomes.note("Y was told from within the call to connect");
            }
            if (!future.complete(new Told(connection, failure, control.isControlThread(), watch.moment()))) {
                outcomes.note("Y was told twice");
            }
        }
    }

    private void noteConnected(Connection connection) {
        outcomes.onConnected(connection);
        watches.put(connection.peer(), DeadlineWatch.begin(control, deadlineMs));
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
        watches.put(request.peer(), DeadlineWatch.begin(control, deadlineMs));
        request.accept(set);
        request.accept(set);
        request.refuse("said after it was accepted");
    }

    /** Whether what is sent on a connection of this process arrives. */
    public boolean reaches(Connection connection) {
        return canSend(connection.queuePairs());
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
        outcomes.onRequest(request.peer());
        watches.put(request.peer(), DeadlineWatch.begin(control, deadlineMs));
        askedElsewhere.addAndGet(control.isControlThread() ? 0 : 1);
        requests.add(request);
        admission.accept(request);
    }

    @Override
    public void onConnected(Connection connection) {
        Told told = toldX(connection.peer(), connection, null);
        noteConnected(connection);
        toldX.add(told);
    }

    @Override
    public void onFailed(WireupFailure failure) {
        toldX.add(toldX(failure.peer(), null, failure));
    }

    private Told toldX(PeerName peer, @Nullable Connection connection, @Nullable WireupFailure failure) {
        outcomes.onCallback("X was told", control.isControlThread());
        outcomes.onAnswered(peer);
        return told(peer, connection, failure);
    }

    private Told told(PeerName peer, @Nullable Connection connection, @Nullable WireupFailure failure) {
        DeadlineWatch watch = watches.get(peer);
        Moment moment = watch == null ? Moment.EARLY : watch.moment();
        return new Told(connection, failure, control.isControlThread(), moment);
    }

    @Override
    public void onDisconnected(Connection connection, WireupFailure failure) {
        outcomes.onCallback("the end of a connection was told", control.isControlThread());
        outcomes.onDisconnected(connection);
        toldDisconnected.add(told(connection.peer(), connection, failure));
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
    public void close() {
        module.close();
        control.close();
        fabric.close();
    }
}
