package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class JobExchangeTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void shouldGiveEveryRankWhatEveryOtherPut(int size) throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Set<Integer> ranks = ConcurrentHashMap.newKeySet();
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(size))) {
            job.runAll(runtime -> {
                ranks.add(runtime.rank());
                runtime.put("blob", blob(seed, runtime.rank(), 5_000));
                runtime.fence(Ranks.FENCE_MS);
                for (int peer = 0; peer < runtime.size(); peer++) {
                    assertThat(runtime.get(peer, "blob")).contains(blob(seed, peer, 5_000));
                }
            });
        }
        assertThat(ranks).hasSize(size);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 599, 700, 701, 702, 1_000_000})
    void shouldCarryValuesOfAnySize(int lengthBytes) throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1));
                JobRuntime runtime = job.open(0)) {
            byte[] value = blob(1, 2, lengthBytes);
            runtime.put("a-key", value);
            assertThat(runtime.get(0, "a-key")).contains(value);
        }
    }

    @Test
    void shouldKeepFencesInStepOverManyRounds() throws Exception {
        int rounds = 100;
        int size = 4;
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(size))) {
            job.runAll(runtime -> {
                for (int round = 0; round < rounds; round++) {
                    runtime.put("r" + round, new byte[] {(byte) round});
                    runtime.fence(Ranks.FENCE_MS);
                    int peer = (runtime.rank() + 1) % size;
                    assertThat(runtime.get(peer, "r" + round)).contains(new byte[] {(byte) round});
                }
            });
        }
    }

    @Test
    void shouldTellEachRankTheSameJobAndItsPlace() throws Exception {
        Set<String> jobIds = ConcurrentHashMap.newKeySet();
        Set<String> secrets = ConcurrentHashMap.newKeySet();
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3))) {
            job.runAll(runtime -> {
                jobIds.add(runtime.jobId());
                secrets.add(HexFormat.of().formatHex(runtime.jobSecret().orElseThrow()));
                assertThat(runtime.size()).isEqualTo(3);
                assertThat(runtime.hostName()).isNotBlank();
                assertThat(runtime.locality().isEveryRankHere()).isTrue();
                assertThat(runtime.locality().ranksHere()).contains(List.of(0, 1, 2));
                assertThat(runtime.launcher()).contains("pmi1 at 127.0.0.1:").contains("of 3");
            });
            assertThat(jobIds).containsExactly(job.server().jobId());
        }
        assertThat(secrets).hasSize(1).first(InstanceOfAssertFactories.STRING).hasSize(64);
    }

    @Test
    void shouldAnswerEmptyForAKeyThatNobodyPut() {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1));
                JobRuntime runtime = job.open(0)) {
            assertThat(runtime.get(0, "nobody")).isEmpty();
        }
    }

    @Test
    void shouldRefuseASecondPutOfAKeyByTheSameRank() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2));
                JobRuntime first = job.open(0);
                JobRuntime second = job.open(1)) {
            first.put("taken", new byte[1]);
            assertThatThrownBy(() -> first.put("taken", new byte[2]))
                    .isInstanceOf(OpenibRuntimeException.class)
                    .hasMessageContaining("taken")
                    .hasMessageContaining("a rank can put a key once");
            assertThat(second.get(1, "taken")).isEmpty();
            second.put("taken", new byte[3]);
            assertThat(second.get(0, "taken")).contains(new byte[1]);
            assertThat(first.get(1, "taken")).contains(new byte[3]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 2})
    void shouldRefuseRanksThatTheJobHasNot(int rank) {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2));
                JobRuntime runtime = job.open(0)) {
            assertThatThrownBy(() -> runtime.get(rank, "k"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there is no rank " + rank + " in a job of 2");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "a..b", "a.", "a b", "a/b", "a=b", "\u00e9", "12345678901234567890123456789012345678901"
            })
    void shouldRefuseKeysThatALauncherCouldNotCarry(String key) {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1));
                JobRuntime runtime = job.open(0)) {
            assertThatThrownBy(() -> runtime.put(key, new byte[1])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> runtime.get(0, key)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldKeepPartsOfKeysApart() {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1));
                JobRuntime runtime = job.open(0)) {
            byte[] big = blob(3, 4, 3_000);
            runtime.put("k", big);
            runtime.put("k.1", new byte[] {1});
            runtime.put("k.2", new byte[] {2});
            assertThat(runtime.get(0, "k")).contains(big);
            assertThat(runtime.get(0, "k.1")).contains(new byte[] {1});
        }
    }

    @Test
    void shouldTimeOutOfAFenceThatAPeerDoesNotEnterAndStayUnusable() {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2));
                JobRuntime first = job.open(0);
                JobRuntime second = job.open(1)) {
            assertThatThrownBy(() -> first.fence(50))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.TIMEOUT))
                    .hasMessageContaining("50 ms")
                    .hasMessageContaining("rank 0 of 2")
                    .hasMessageContaining("127.0.0.1:");
            assertThatThrownBy(() -> first.get(0, "x"))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.TIMEOUT));
            assertThat(second.get(0, "x")).isEmpty();
        }
    }

    @Test
    void shouldFailTheFenceOfAThreadWhoseRuntimeIsClosed() throws Exception {
        CountDownLatch inFence = new CountDownLatch(1);
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2))) {
            JobRuntime first = job.open(0);
            var end = job.start(() -> {
                inFence.countDown();
                first.fence(Ranks.FENCE_MS);
                return null;
            });
            assertThat(inFence.await(20, TimeUnit.SECONDS)).isTrue();
            BlockingQueue<OpenibRuntimeException> losses = new LinkedBlockingQueue<>();
            first.onLauncherLost(losses::add);
            first.close();
            assertThat(losses).isEmpty();
            assertThat(job.server().stage(0)).isEqualTo(RankStage.FINALIZED);
            assertThatThrownBy(() -> Ranks.join(end))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.CLOSED));
        }
    }

    @Test
    void shouldSayThatAJobIsJoinedOnce() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1))) {
            job.open(0).close();
            assertThatThrownBy(() -> job.open(0))
                    .isInstanceOf(OpenibRuntimeException.class)
                    .hasMessageContaining("a job is joined once");
        }
    }

    @Test
    void shouldFailEveryRequestAndSaySoOnceTheLauncherIsGone() throws Exception {
        BlockingQueue<OpenibRuntimeException> losses = new LinkedBlockingQueue<>();
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2));
                JobRuntime first = job.open(0)) {
            first.onLauncherLost(losses::add);
            job.server().close();
            assertThat(losses.poll(20, TimeUnit.SECONDS))
                    .hasMessageContaining("the launcher has ended")
                    .hasMessageContaining("rank 0 of 2");
            first.onLauncherLost(losses::add);
            assertThat(losses.poll(20, TimeUnit.SECONDS)).isNotNull();
            assertThatThrownBy(() -> first.fence(Ranks.FENCE_MS))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.CONNECTION_LOST))
                    .hasMessageContaining("rank 0 of 2");
        }
    }

    @Test
    void shouldLeaveNoThreadBehind() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2))) {
            job.runAll(runtime -> runtime.fence(Ranks.FENCE_MS));
        }
        Set<String> names = new HashSet<>();
        Thread.getAllStackTraces().keySet().forEach(thread -> names.add(thread.getName()));
        assertThat(names).doesNotContain(Pmi1Server.THREAD_NAME, Pmi1Connection.THREAD_NAME);
    }

    private static byte[] blob(long seed, int rank, int lengthBytes) {
        byte[] blob = new byte[lengthBytes];
        new Random(seed + rank).nextBytes(blob);
        return blob;
    }
}
