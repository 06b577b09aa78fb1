package io.openib.wireup;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.SimulatedProcess.Admission;
import io.openib.wireup.SimulatedProcess.Outcome;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the network does, both sides end connected or both end failed, within two deadlines. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HandshakePropertyTest {
    private static final int RUNS = Integer.getInteger("openib.runs", 1_000);
    private static final long TWO_DEADLINES_MS = 2L * SimulatedProcess.TIMEOUT_MS;
    private static final long SETTLED_MS = 6L * SimulatedProcess.TIMEOUT_MS;

    private enum Start {
        ONE,
        BOTH_AT_ONCE,
        BOTH_SOON
    }

    private int connectedRuns;
    private int failedRuns;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.1, 0.3, 0.5, 0.9})
    void shouldEndAlikeOnBothSidesWhateverIsLost(double loss) {
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = loss;
            checkRun(job, seed);
        }
        System.out.println("loss " + loss + ": " + connectedRuns + " connected, " + failedRuns + " failed");
        assertThat(connectedRuns).isGreaterThan(loss < 0.9 ? RUNS * 9 / 10 : 0);
        assertThat(failedRuns).isLessThan(loss == 0 ? 1 : RUNS);
    }

    @Test
    void shouldEndAlikeWhateverComesTwiceOrOutOfOrder() {
        int repeated = 0;
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = 0.2;
            job.duplication = 0.5;
            job.maxDelayMs = 200;
            checkRun(job, seed);
            repeated += job.repeated;
        }
        assertThat(repeated).isGreaterThan(RUNS);
        assertThat(connectedRuns).isGreaterThan(RUNS * 9 / 10);
    }

    @ParameterizedTest
    @EnumSource
    void shouldEndAlikeHoweverTheTransportAnswers(Admission admission) {
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = 0.1;
            job.maxDelayMs = 50;
            SimulatedProcess a = job.start(0);
            SimulatedProcess b = job.start(1);
            b.admission = admission;
            a.connect(b);
            settle(job, a);
            checkAlike(seed, a, b);
        }
        boolean isAdmitted = admission == Admission.AT_ONCE || admission == Admission.LATER;
        assertThat(connectedRuns).isEqualTo(isAdmitted ? RUNS : 0);
    }

    @Test
    void shouldEndForTheSurvivorWhereverThePeerDies() {
        int survivedConnected = 0;
        int deaths = 0;
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = seed % 2 == 0 ? 0.2 : 0;
            SimulatedProcess a = job.start(0);
            SimulatedProcess b = job.start(1);
            int[] left = {(int) (seed % 6)};
            job.onMessage = () -> {
                if (left[0]-- == 0) {
                    b.die();
                }
            };
            start(job, seed, a, b);
            settle(job, a);
            deaths += b.isDead ? 1 : 0;
            assertThat(a.outcomes).as("seed %d", seed).isNotEmpty().hasSizeLessThanOrEqualTo(3);
            if (a.last() == Outcome.CONNECTED) {
                survivedConnected++;
                boolean wasConfirmed = b.outcomes.contains(Outcome.CONNECTED);
                assertThat(wasConfirmed)
                        .as("seed %d: connected to a peer that died before it was connected", seed)
                        .isTrue();
            }
        }
        System.out.println(deaths + " deaths, " + survivedConnected + " after both were connected");
        assertThat(deaths).isGreaterThan(RUNS / 2);
        assertThat(survivedConnected).isLessThan(RUNS);
    }

    @Test
    void shouldEndAlikeWhenOneSideGivesUpAtAnyMoment() {
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = 0.3;
            job.maxDelayMs = 20;
            SimulatedProcess a = job.start(0);
            SimulatedProcess b = job.start(1);
            WireupModule.PendingConnection pending = a.connect(b);
            if (seed % 3 == 0) {
                b.connect(a);
            }
            job.simulation.after(job.simulation.random().nextInt(100) * 1_000_000L, pending::cancel);
            settle(job, a);
            boolean isBConnected = b.last() == Outcome.CONNECTED;
            assertThat(isBConnected)
                    .as("seed %d: %s %s", seed, a.outcomes, b.outcomes)
                    .isEqualTo(a.last() == Outcome.CONNECTED);
            assertThat(a.reaches()).as("seed %d", seed).isEqualTo(a.last() == Outcome.CONNECTED);
        }
    }

    @Test
    void shouldEndAlikeWhenAPeerComesBackAsANewProcess() {
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = 0.1;
            job.maxDelayMs = 30;
            SimulatedProcess a = job.start(0);
            SimulatedProcess first = job.start(1);
            start(job, seed, a, first);
            job.simulation.runUntilMs(job.simulation.random().nextInt(200));
            first.die();
            SimulatedProcess second =
                    job.start(1, Generation.of(2, 1), SimulatedProcess.configuration("P,128,256,192,128"));
            second.connect(a);
            job.simulation.runUntilMs(SETTLED_MS);
            assertThat(second.outcomes).as("seed %d", seed).hasSize(1);
            assertThat(second.reaches()).as("seed %d", seed).isEqualTo(second.last() == Outcome.CONNECTED);
            if (second.last() == Outcome.CONNECTED) {
                assertThat(a.reaches()).as("seed %d", seed).isTrue();
                connectedRuns++;
            }
        }
        assertThat(connectedRuns).isGreaterThan(RUNS * 9 / 10);
    }

    @Test
    void shouldEndAlikeByWhicheverPortThePeerComes() {
        for (long seed = 1; seed <= RUNS; seed++) {
            SimulatedJob job = new SimulatedJob(seed, 2);
            job.loss = 0.1;
            job.maxDelayMs = 30;
            SimulatedProcess a = job.start(0);
            List<SimulatedProcess> ports = List.of(job.start(1), job.start(1, 2, a.configuration()));
            for (int round = 1; round <= 4; round++) {
                SimulatedProcess port = ports.get(job.simulation.random().nextInt(2));
                job.leadTo(port);
                start(job, job.simulation.random().nextInt(3), a, port);
                job.simulation.runUntilMs(round * SETTLED_MS);
                boolean isConnected = a.last() == Outcome.CONNECTED;
                assertThat(a.reaches()).as("seed %d: %s", seed, a.failures).isEqualTo(isConnected);
                assertThat(port.reaches())
                        .as("seed %d: %s", seed, port.failures)
                        .isEqualTo(isConnected);
                connectedRuns += isConnected ? 1 : 0;
            }
        }
        assertThat(connectedRuns).isGreaterThan(4 * RUNS * 9 / 10);
    }

    private void checkRun(SimulatedJob job, long seed) {
        SimulatedProcess a = job.start(0);
        SimulatedProcess b = job.start(1);
        start(job, seed, a, b);
        settle(job, a);
        checkAlike(seed, a, b);
    }

    private static void start(SimulatedJob job, long seed, SimulatedProcess a, SimulatedProcess b) {
        Start start = Start.values()[(int) (seed % Start.values().length)];
        a.connect(b);
        if (start == Start.BOTH_AT_ONCE) {
            b.connect(a);
        } else if (start == Start.BOTH_SOON) {
            job.simulation.after(job.simulation.random().nextInt(3_000_000), () -> b.connect(a));
        }
    }

    /** Both attempts have an outcome by two deadlines, and nothing changes after the answering window. */
    private static void settle(SimulatedJob job, SimulatedProcess a) {
        job.simulation.runUntilMs(TWO_DEADLINES_MS + 10);
        assertThat(a.outcomes).as("a has no outcome within two deadlines").isNotEmpty();
        job.simulation.runUntilMs(SETTLED_MS);
    }

    private void checkAlike(long seed, SimulatedProcess a, SimulatedProcess b) {
        String what = "seed " + seed + ": " + a.outcomes + ' ' + b.outcomes + ' ' + a.failures + ' ' + b.failures;
        boolean isConnected = a.last() == Outcome.CONNECTED;
        if (isConnected) {
            connectedRuns++;
            assertThat(b.last()).as(what).isEqualTo(Outcome.CONNECTED);
            assertThat(a.reaches()).as(what).isTrue();
            assertThat(b.reaches()).as(what).isTrue();
        } else {
            failedRuns++;
            assertThat(b.last()).as(what).isNotEqualTo(Outcome.CONNECTED);
            assertThat(a.reaches()).as(what).isFalse();
        }
        assertThat(a.fromY).as(what).isEqualTo(1);
    }
}
