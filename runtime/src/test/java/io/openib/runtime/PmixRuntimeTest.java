package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of PMIx launchers, without one; {@code RealLaunchersTest} has real ones. */
@Timeout(60)
class PmixRuntimeTest {
    private static final long LONG_MS = 20_000;
    /** Long enough to join and to close in, on a busy machine too. */
    private static final long SHORT_MS = 1_000;

    private static PmixRuntime open(FakePmix pmix, long timeoutMs) {
        return PmixRuntime.open(pmix, "pmix, namespace job", null, timeoutMs);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
            RuntimeFailure kind, ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(kind))
                .hasMessageContaining("pmix, namespace job (FakePMIx 4.0)");
    }

    @Test
    void shouldTellWhoAndWhereThisRankIs() {
        try (JobRuntime runtime = open(new FakePmix(0, 3).ranksHere("0,2"), LONG_MS)) {
            assertThat(runtime.rank()).isZero();
            assertThat(runtime.size()).isEqualTo(3);
            assertThat(runtime.jobId()).isEqualTo("job_1_7_3");
            assertThat(runtime.launcher()).isEqualTo("pmix, namespace job (FakePMIx 4.0), rank 0 of 3");
            assertThat(runtime.locality().ranksHere()).contains(List.of(0, 2));
            assertThat(runtime.locality().placeOf(1)).isEqualTo(Locality.Place.ELSEWHERE);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "0,x", "0,3", "0-2"})
    void shouldNotKnowWhereRanksAreThatItCannotRead(String ranks) {
        FakePmix pmix = new FakePmix(0, 3);
        if (ranks != null) {
            pmix.ranksHere(ranks);
        }
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            assertThat(runtime.locality().isKnown()).isFalse();
        }
    }

    @Test
    void shouldPutForItselfAndGetOfAll() {
        FakePmix pmix = new FakePmix(0, 2).ranksHere("0,1");
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            byte[] value = {1, 2};
            runtime.put("k", value);
            value[0] = 9;
            pmix.publish(1, "openib.k", new byte[] {3});
            runtime.fence(LONG_MS);
            assertThat(runtime.get(0, "k")).contains(new byte[] {1, 2});
            assertThat(runtime.get(1, "k")).contains(new byte[] {3});
            assertThat(runtime.get(1, "other")).isEmpty();
            assertThatThrownBy(() -> runtime.put("k", value)).hasMessageContaining("a rank can put a key once");
            assertThatThrownBy(() -> runtime.get(2, "k")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> runtime.put("a b", value)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(pmix.asked())
                .containsExactly("init", "put", "fence", "get", "put", "fence", "get", "get", "get", "leave");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0,1"})
    void shouldMakeASecretForAJobOfSeveral(String ranksHere) {
        FakePmix first = new FakePmix(0, 2).ranksHere(ranksHere);
        try (JobRuntime runtime = open(first, LONG_MS)) {
            assertThat(runtime.jobSecret())
                    .hasValueSatisfying(secret -> assertThat(secret).hasSize(32).isNotEqualTo(new byte[32]));
            assertThat(runtime.jobSecret())
                    .contains(runtime.get(0, "job-secret").orElseThrow());
        }
        FakePmix second = new FakePmix(1, 2).ranksHere(ranksHere.equals("0") ? "1" : ranksHere);
        second.publish(0, "openib.job-secret", new byte[32]);
        try (JobRuntime runtime = open(second, LONG_MS)) {
            assertThat(runtime.jobSecret()).contains(new byte[32]);
        }
    }

    @Test
    void shouldNotAskForASecretThatItHasOrDoesNotNeed() {
        FakePmix alone = new FakePmix(0, 1).ranksHere("0");
        FakePmix told = new FakePmix(0, 2).ranksHere("0");
        byte[] secret = {7};
        try (JobRuntime here = open(alone, LONG_MS);
                JobRuntime elsewhere = PmixRuntime.open(told, "pmix", secret, LONG_MS)) {
            assertThat(here.jobSecret()).isEmpty();
            assertThat(elsewhere.jobSecret()).contains(secret);
        }
        assertThat(alone.asked()).containsExactly("init", "leave");
        assertThat(told.asked()).containsExactly("init", "leave");
    }

    @Test
    void shouldSayThatRank0HasNoSecret() {
        FakePmix pmix = new FakePmix(1, 2).ranksHere("1");
        assertThatThrownBy(() -> open(pmix, LONG_MS))
                .hasMessageContaining("OPENIB_JOB_SECRET for all ranks or for none");
        assertThat(pmix.asked()).endsWith("leave");
    }

    @Test
    void shouldNotWaitLongerThanAllowedToJoin() throws Exception {
        FakePmix pmix = new FakePmix(0, 2).stickIn("init");
        assertFails(RuntimeFailure.TIMEOUT, () -> open(pmix, SHORT_MS)).hasMessageContaining("joining the job");
        pmix.stickIn("leave").renew();
        pmix.awaitStuck(); // what it has joined too late it leaves
        pmix.release();
    }

    @Test
    void shouldSayWhyTheServerDoesNotTakeIt() {
        FakePmix pmix = new FakePmix(0, 2).refuse("init", PmixException.UNREACHABLE);
        assertFails(RuntimeFailure.UNREACHABLE, () -> open(pmix, LONG_MS))
                .hasMessageContaining("init answered NO (-25)");
    }

    @Test
    void shouldFailOneRequestAloneThatIsNotAnsweredInTime() {
        FakePmix pmix = new FakePmix(0, 1).stickIn("get");
        try (JobRuntime runtime = open(pmix, SHORT_MS)) {
            assertFails(RuntimeFailure.TIMEOUT, () -> runtime.get(0, "k")).hasMessageContaining("get of 'k'");
            assertFails(RuntimeFailure.TIMEOUT, () -> runtime.put("k", new byte[1]));
            pmix.stickIn("").release();
            runtime.fence(LONG_MS);
            assertThat(runtime.get(0, "k")).isEmpty(); // nobody waited for that put any more
        }
    }

    @Test
    void shouldStayUnusableAfterAFenceThatTookTooLongButAbort() {
        FakePmix pmix = new FakePmix(0, 1).stickIn("fence");
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            assertFails(RuntimeFailure.TIMEOUT, () -> runtime.fence(SHORT_MS)).hasMessageContaining("1000 ms");
            assertFails(RuntimeFailure.TIMEOUT, () -> runtime.get(0, "k"));
            runtime.abort(7, "enough");
            assertThat(pmix.asked()).endsWith("abort 7");
        }
        pmix.release();
        assertThat(pmix.asked()).doesNotContain("leave");
    }

    @Test
    void shouldEndAFenceWhoseThreadIsInterrupted() {
        FakePmix pmix = new FakePmix(0, 1).stickIn("fence");
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            Thread.currentThread().interrupt();
            assertFails(RuntimeFailure.INTERRUPTED, () -> runtime.fence(LONG_MS));
            assertThat(Thread.interrupted()).isTrue();
            assertFails(RuntimeFailure.INTERRUPTED, () -> runtime.get(0, "k"));
        }
        pmix.release();
    }

    @Test
    void shouldTellThatTheLauncherIsGoneAndWakeWhoWaits() throws Exception {
        FakePmix pmix = new FakePmix(0, 1).stickIn("fence");
        BlockingQueue<OpenibRuntimeException> losses = new LinkedBlockingQueue<>();
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            runtime.onLauncherLost(losses::add);
            CompletableFuture<Void> fence = CompletableFuture.runAsync(() -> runtime.fence(LONG_MS));
            pmix.awaitStuck();
            pmix.lose();
            pmix.lose();
            assertThatThrownBy(() -> fence.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .hasMessageContaining("lost the connection to launcher pmix");
            assertThat(losses.poll(20, TimeUnit.SECONDS).failure()).isEqualTo(RuntimeFailure.CONNECTION_LOST);
            runtime.onLauncherLost(losses::add);
            assertThat(losses.poll(20, TimeUnit.SECONDS)).isNotNull();
            assertThat(losses).isEmpty();
            assertFails(RuntimeFailure.CONNECTION_LOST, () -> runtime.put("k", new byte[0]));
        }
        pmix.release();
    }

    @Test
    void shouldCloseInTimeWhateverTheLibraryDoes() {
        FakePmix pmix = new FakePmix(0, 1).stickIn("leave");
        JobRuntime runtime = open(pmix, SHORT_MS);
        Thread.currentThread().interrupt();
        runtime.close();
        assertThat(Thread.interrupted()).isTrue();
        runtime.close();
        pmix.release();
        assertThat(pmix.asked()).containsExactly("init", "leave");
        assertFails(RuntimeFailure.CLOSED, () -> runtime.get(0, "k"));
    }

    @Test
    void shouldSayThatAnAbortCannotBeTold() {
        FakePmix pmix = new FakePmix(0, 1).refuse("abort 3", PmixException.LOST_CONNECTION);
        try (JobRuntime runtime = open(pmix, LONG_MS)) {
            assertFails(RuntimeFailure.CONNECTION_LOST, () -> runtime.abort(3, "enough"));
            assertThatThrownBy(() -> runtime.abort(0, "")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldSayWhatIsMissingWhereThereIsNoLibrary(@TempDir Path folder) throws Exception {
        Path noLibrary = Files.createFile(folder.resolve("libpmix.so.2"));
        for (String name :
                List.of(noLibrary.toString(), folder.resolve("none.so").toString(), "libc.so.6")) {
            assertThatThrownBy(() -> PmixLibrary.load(name))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.UNSUPPORTED_LAUNCHER))
                    .hasMessageContaining(name)
                    .hasMessageContaining("runtime_pmix_library")
                    .message()
                    .doesNotContain("\n");
        }
    }
}
