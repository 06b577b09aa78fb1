package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.SimulatedProcess.Admission;
import io.openib.wireup.SimulatedProcess.Outcome;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer with two ports, which are modules of one process that count their attempts each for itself; in simulated time. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class PeerPortsTest {
    private static final long SETTLED_MS = 6L * SimulatedProcess.TIMEOUT_MS;

    private final SimulatedJob job = new SimulatedJob(7, 40);
    private final SimulatedProcess a = job.start(0);
    private final SimulatedProcess second = job.start(1, 5, a.configuration());
    private final SimulatedProcess first = job.start(1, 4, a.configuration());

    private void settle() {
        job.simulation.runUntilMs(job.simulation.nowMs() + SETTLED_MS);
    }

    private void connect(SimulatedProcess from, SimulatedProcess to) {
        SimulatedProcess port = from == a ? to : from;
        job.leadTo(port);
        from.connect(to);
        settle();
        assertThat(a.reaches()).as("%s %s", a.failures, port.failures).isTrue();
        assertThat(port.reaches()).as("%s %s", a.failures, port.failures).isTrue();
    }

    @Test
    void shouldConnectByEitherPortWhicheverWasOpenedFirst() {
        for (SimulatedProcess port : List.of(second, first, second, first)) {
            connect(a, port);
            a.requireConnection().disconnect();
            settle();
            connect(port, a);
            port.requireConnection().disconnect();
            settle();
        }
    }

    @Test
    void shouldReplaceTheConnectionOfOnePortByThatOfTheOther() {
        connect(second, a);
        connect(first, a);
        connect(second, a);
        assertThat(a.outcomes).hasSize(3).containsOnly(Outcome.CONNECTED);
        assertThat(a.requests.get(2).replaces()).isPresent();
    }

    @Test
    void shouldTakeNothingForNewThatWasRecordedOfEitherPort() {
        connect(second, a);
        connect(first, a);
        connect(a, second);
        connect(first, a);
        int requests = a.requests.size();
        int outcomes = a.outcomes.size();
        job.replay();
        settle();
        assertThat(a.requests).hasSize(requests);
        assertThat(a.outcomes).hasSize(outcomes);
        assertThat(a.reaches()).isTrue();
        assertThat(first.reaches()).isTrue();
    }

    @Test
    void shouldTakeNothingForNewOfAnEarlierProcessOfTheSameName() {
        SimulatedProcess later = job.start(1, Generation.of(2, 1), a.configuration());
        connect(later, a);
        first.connect(a); // late, or held back by somebody
        settle();
        assertThat(a.requests).hasSize(1);
        assertThat(a.reaches()).isTrue();
    }

    @Test
    void shouldKeepAConnectionWhenAnAttemptOfTheOtherPortFails() {
        connect(first, a);
        WireupModule.PendingConnection given = second.connect(a);
        job.loss = 1; // the offer is lost; that it is over is not
        job.simulation.runUntilMs(job.simulation.nowMs() + 1);
        job.loss = 0;
        given.cancel();
        settle();
        assertThat(second.outcomes).containsExactly(Outcome.FAILED);
        assertThat(a.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(a.reaches()).isTrue();
    }

    @Test
    void shouldAnswerThePortThatHasAskedLast() {
        a.admission = Admission.NEVER;
        first.connect(a);
        job.simulation.runUntilMs(10);
        job.leadTo(second);
        second.connect(a);
        job.simulation.runUntilMs(500); // the first repeats what it has asked
        a.accept(a.requests.get(0));
        settle();
        assertThat(a.requests).hasSize(1);
        assertThat(a.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(second.outcomes).containsExactly(Outcome.CONNECTED);
        assertThat(first.outcomes).containsExactly(Outcome.FAILED);
        assertThat(second.reaches()).isTrue();
    }
}
