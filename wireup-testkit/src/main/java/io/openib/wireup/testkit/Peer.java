package io.openib.wireup.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.testkit.PeerStage.Admission;
import io.openib.wireup.testkit.PeerStage.Counts;
import io.openib.wireup.testkit.PeerStage.Depths;
import io.openib.wireup.testkit.PeerStage.Outcome;
import java.util.List;

/** A process of a case, wherever it is. */
record Peer(PeerStage stage, int process, int rank) {
    PeerCard card() {
        return stage.card(process);
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

    boolean canSend(Outcome connection) {
        return stage.canSend(process, connection.connection());
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
