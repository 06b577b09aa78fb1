package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Mtu;
import io.openib.wireup.testkit.PeerStage.Admission;
import io.openib.wireup.testkit.PeerStage.Counts;
import io.openib.wireup.testkit.PeerStage.Depths;
import io.openib.wireup.testkit.PeerStage.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A process of a case, wherever it is. */
record Peer(PeerStage stage, int process, int rank) {
    private static final long RETURN_MS = 10_000;

    PeerCard card() {
        return stage.card(process);
    }

    void know(Peer peer) {
        stage.know(process, peer.card());
    }

    String place() {
        return stage.place(process);
    }

    Attempt connect(Peer peer) {
        return connect(peer.card());
    }

    Attempt connect(PeerCard peer) {
        return new Attempt(stage, stage.connect(process, peer));
    }

    Attempt connectFromControl(Peer peer) {
        return new Attempt(stage, stage.connectFromControl(process, peer.card()));
    }

    /** Does something while the control thread is busy, and fails if that waits for it. */
    <T> T whileHeld(Supplier<T> call) {
        stage.hold(process);
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread caller = new Thread(() -> done.complete(call.get()), "caller");
        caller.setDaemon(true);
        caller.start();
        try {
            return done.get(RETURN_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a caller waits for the control thread", e);
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        } finally {
            stage.letGo(process);
        }
    }

    void whileHeld(Runnable call) {
        whileHeld(() -> {
            call.run();
            return this;
        });
    }

    Outcome nextToX() {
        return stage.nextToX(process);
    }

    void admission(Admission admission) {
        stage.admission(process, admission);
    }

    int nextRequest() {
        return stage.nextRequest(process);
    }

    void accept(int request) {
        stage.accept(process, request);
    }

    int replacedSet(int request) {
        return stage.replacedSet(request);
    }

    boolean canSend(Outcome connection) {
        return stage.canSend(process, connection.connection());
    }

    List<Mtu> pathMtus(Outcome connection) {
        return stage.pathMtus(connection.connection());
    }

    List<Depths> depths(Outcome connection) {
        return stage.depths(connection.connection());
    }

    void disconnect(Outcome connection) {
        stage.disconnect(connection.connection());
    }

    void release(Outcome connection) {
        stage.release(connection.connection());
    }

    void settle() {
        stage.settle(process);
    }

    Counts counts() {
        return stage.counts(process);
    }

    Outcome nextDisconnected() {
        return stage.nextDisconnected(process);
    }

    void forgetDisconnected() {
        stage.forgetDisconnected(process);
    }

    void closeModule() {
        stage.closeModule(process);
    }

    void die() {
        stage.die(process);
    }

    void close() {
        stage.close(process);
    }

    void assertNothingKept() {
        Counts counts = counts();
        assertThat(counts.discarded()).as("sets that were given back").isEqualTo(counts.sets());
    }

    /** An attempt of a process. */
    record Attempt(PeerStage stage, int attempt) {
        Outcome outcome() {
            return stage.outcome(attempt);
        }

        boolean isDone() {
            return stage.isDone(attempt);
        }

        void cancel() {
            stage.cancel(attempt);
        }
    }
}
