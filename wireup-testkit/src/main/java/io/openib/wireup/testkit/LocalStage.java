package io.openib.wireup.testkit;

import io.openib.verbs.Mtu;
import io.openib.verbs.QueuePair;
import io.openib.wireup.Connection;
import io.openib.wireup.IncomingRequest;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.TestProcess.Attempt;
import io.openib.wireup.testkit.TestProcess.Identity;
import io.openib.wireup.testkit.TestProcess.Told;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Processes in this JVM, each with a control thread and a component of its own. */
public final class LocalStage implements PeerStage {
    private static final String NO_ROOM = "no room";

    private final Fabric fabric;
    private final Supplier<WireupComponent> components;
    private final ConcurrentMap<Integer, Object> objects = new ConcurrentHashMap<>();
    private final AtomicInteger handles = new AtomicInteger();

    /** Runs a scheme on a fabric. */
    public LocalStage(Fabric fabric, Supplier<WireupComponent> components) {
        this.fabric = fabric;
        this.components = components;
    }

    private int keep(Object object) {
        int handle = handles.incrementAndGet();
        objects.put(handle, object);
        return handle;
    }

    private <T> T get(int handle, Class<T> type) {
        return type.cast(Objects.requireNonNull(objects.get(handle), () -> "handle " + handle));
    }

    private TestProcess process(int handle) {
        return get(handle, TestProcess.class);
    }

    @Override
    public String refusal(boolean isJobLocal) {
        Identity identity = isJobLocal ? Identity.of(0) : Identity.of(0).spread();
        try {
            new TestProcess(fabric, identity, components.get(), Map.of()).close();
            return "";
        } catch (WireupRefusedException e) {
            return e.reason();
        }
    }

    @Override
    public int start(Identity identity, Map<String, String> values, int deadlineMs) {
        try {
            return keep(new TestProcess(fabric, identity, components.get(), values, deadlineMs));
        } catch (WireupRefusedException e) {
            throw new AssertionError("the scheme does not run here: " + e.reason(), e);
        }
    }

    @Override
    public PeerCard card(int process) {
        return process(process).card();
    }

    @Override
    public void know(int process, PeerCard peer) {
        process(process).know(peer.toContact());
    }

    @Override
    public String place(int process) {
        return process(process).place();
    }

    @Override
    public int connect(int process, PeerCard peer) {
        return keep(process(process).attempt(peer.toContact()));
    }

    @Override
    public int connectFromControl(int process, PeerCard peer) {
        return keep(process(process).attemptFromControl(peer.toContact()));
    }

    @Override
    public void hold(int process) {
        process(process).hold();
    }

    @Override
    public void letGo(int process) {
        process(process).letGo();
    }

    @Override
    public void cancel(int attempt) {
        get(attempt, Attempt.class).pending().cancel();
    }

    @Override
    public boolean isDone(int attempt) {
        return get(attempt, Attempt.class).future().isDone();
    }

    @Override
    public Outcome outcome(int attempt) {
        return outcome(TestProcess.outcome(get(attempt, Attempt.class).future()));
    }

    @Override
    public Outcome nextToX(int process) {
        return outcome(process(process).nextToX());
    }

    @Override
    public Outcome nextDisconnected(int process) {
        Told told = TestProcess.next(process(process).toldDisconnected);
        return outcome(new Told(null, told.failure(), told.wasOnControlThread(), told.moment()));
    }

    private Outcome outcome(Told told) {
        Connection connection = told.connection();
        if (connection != null) {
            return new Outcome(
                    keep(connection),
                    connection.peer().rank(),
                    connection.peerPort(),
                    connection.scheme(),
                    connection.agreed().toString(),
                    connection.durationNs(),
                    System.identityHashCode(connection.queuePairs()),
                    null,
                    "",
                    told.wasOnControlThread(),
                    told.moment());
        }
        WireupFailure failure = Objects.requireNonNull(told.failure());
        return new Outcome(
                0,
                failure.peer().rank(),
                -1,
                "",
                "",
                0,
                0,
                failure.reason(),
                failure.text(),
                told.wasOnControlThread(),
                told.moment());
    }

    @Override
    public void admission(int process, Admission admission) {
        TestProcess found = process(process);
        switch (admission) {
            case ACCEPT -> found.acceptAll();
            case REFUSE -> found.admission(request -> request.refuse(NO_ROOM));
            case DEFER -> found.admission(IncomingRequest::defer);
            case HOLD -> found.admission(found::hold);
        }
    }

    @Override
    public int nextRequest(int process) {
        return keep(process(process).nextRequest());
    }

    @Override
    public void accept(int process, int request) {
        process(process).accept(get(request, IncomingRequest.class));
    }

    @Override
    public int replacedSet(int request) {
        return get(request, IncomingRequest.class)
                .replaces()
                .map(replaced -> System.identityHashCode(replaced.queuePairs()))
                .orElse(0);
    }

    @Override
    public boolean canSend(int process, int connection) {
        return process(process).canSend(get(connection, Connection.class).queuePairs());
    }

    @Override
    public List<Mtu> pathMtus(int connection) {
        return get(connection, Connection.class).queuePairs().queuePairs().stream()
                .map(qp -> qp.query().pathMtu())
                .toList();
    }

    @Override
    public List<Depths> depths(int connection) {
        return get(connection, Connection.class).queuePairs().queuePairs().stream()
                .map(QueuePair::query)
                .map(found -> new Depths(found.maxRdAtomic(), found.maxDestRdAtomic()))
                .toList();
    }

    @Override
    public void disconnect(int connection) {
        get(connection, Connection.class).disconnect();
    }

    @Override
    public void release(int connection) {
        Connection found = get(connection, Connection.class);
        found.queuePairs().discard();
        found.close();
        found.close();
    }

    @Override
    public void settle(int process) {
        process(process).settle();
    }

    @Override
    public Counts counts(int process) {
        return process(process).counts();
    }

    @Override
    public void forgetDisconnected(int process) {
        process(process).toldDisconnected.clear();
    }

    @Override
    public void closeModule(int process) {
        process(process).module().close();
        process(process).module().close();
    }

    @Override
    public void die(int process) {
        process(process).die();
    }

    @Override
    public void close(int process) {
        process(process).close();
    }

    @Override
    public List<String> reset() {
        List<TestProcess> processes = objects.values().stream()
                .filter(TestProcess.class::isInstance)
                .map(TestProcess.class::cast)
                .toList();
        processes.forEach(TestProcess::close);
        objects.clear();
        return processes.stream().flatMap(process -> process.broken().stream()).toList();
    }
}
