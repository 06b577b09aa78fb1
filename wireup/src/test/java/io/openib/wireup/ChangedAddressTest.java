package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.QueuePair;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A port gets another LID, or its GID another row, while the job runs; in simulated time. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class ChangedAddressTest {
    private final SimulatedJob job = new SimulatedJob(11, 3);
    private final SimulatedProcess a = job.start(0);
    private final SimulatedProcess b = job.start(1);

    private int lidThatIsMeant(SimulatedProcess process) {
        QueuePair first = process.requireConnection().queuePairs().queuePairs().get(0);
        return process.fake.of(first).destinationLid;
    }

    private void connect(SimulatedProcess from, SimulatedProcess to) {
        from.connect(to);
        job.simulation.runUntilMs(job.simulation.nowMs() + 6L * SimulatedProcess.TIMEOUT_MS);
        assertThat(a.reaches()).as("%s %s", a.failures, b.failures).isTrue();
    }

    /** Some adapters take a millisecond to answer. */
    @Test
    void shouldNotAskThePortForEachMessage() {
        int before = b.fake.portQueries;
        connect(a, b);
        assertThat(b.fake.portQueries - before).isOne();
    }

    @Test
    void shouldTellAndUseTheLidThatAPortHasNow() {
        a.fake.lid = 5;
        connect(a, b);
        assertThat(lidThatIsMeant(b)).isEqualTo(5);

        a.requireConnection().disconnect();
        a.fake.lid = 9;
        connect(a, b);
        assertThat(lidThatIsMeant(b)).isEqualTo(9);
    }

    /** The row was empty just before, when another peer was told of it. */
    @Test
    void shouldTellTheGidOfTheRowThatTheSettingsNameNow() {
        SimulatedProcess other = job.start(2);
        other.die();
        a.fake.gidRow = 3;
        a.connect(other);
        job.simulation.runUntilMs(job.simulation.nowMs() + 10);
        a.gidIndex = 3;
        connect(a, b);
        assertThat(b.reaches()).isTrue();
    }
}
