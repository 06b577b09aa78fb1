package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RankDeathTest {

    private static final PeerDeath DEATH = new PeerDeath(2, "a host \u00fc", 4711, "was killed by signal 9");

    @Test
    void shouldFailTheFenceOfTheOthersAndNameTheDead() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3))) {
            Future<?> first = job.start(0, runtime -> runtime.fence(Ranks.FENCE_MS));
            Future<?> second = job.start(1, runtime -> runtime.fence(Ranks.FENCE_MS));
            job.server().rankDied(DEATH);
            for (Future<?> end : new Future<?>[] {first, second}) {
                assertThatThrownBy(() -> Ranks.join(end))
                        .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> {
                            assertThat(e.failure()).isEqualTo(RuntimeFailure.PEER_DIED);
                            assertThat(e.peer()).hasValue(2);
                        })
                        .hasMessageContaining("rank 2 (host a host \u00fc, pid 4711) was killed by signal 9");
            }
        }
    }

    @Test
    void shouldFailLaterFencesOfRanksThatJoinAfterADeath() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3))) {
            job.server().rankDied(DEATH);
            assertThatThrownBy(() -> Ranks.join(job.start(0, runtime -> runtime.fence(Ranks.FENCE_MS))))
                    .hasMessageContaining("was killed by signal 9");
        }
    }

    @Test
    void shouldNameTheFirstDeathToWhoJoinsAfterSeveral() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3))) {
            job.server().rankDied(new PeerDeath(1, "h", 17, "exited with status 9"));
            job.server().rankDied(new PeerDeath(0, "h", 16, "exited with status 3"));
            assertThatThrownBy(() -> Ranks.join(job.start(2, runtime -> runtime.fence(Ranks.FENCE_MS))))
                    .hasMessageContaining("rank 1 (host h, pid 17) exited with status 9");
        }
    }

    @Test
    void shouldTellEveryHandlerOfEachDeathOnceOnTheNoticeThread() throws Exception {
        BlockingQueue<PeerDeath> early = new LinkedBlockingQueue<>();
        BlockingQueue<PeerDeath> late = new LinkedBlockingQueue<>();
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3));
                JobRuntime runtime = job.open(0)) {
            runtime.onPeerDied(death -> {
                threads.add(Thread.currentThread().getName());
                early.add(death);
                throw new IllegalStateException("a handler's own trouble");
            });
            job.server().rankDied(DEATH);
            assertThat(early.poll(20, TimeUnit.SECONDS)).isEqualTo(DEATH);
            runtime.onPeerDied(late::add);
            assertThat(late.poll(20, TimeUnit.SECONDS)).isEqualTo(DEATH);
            job.server().rankDied(new PeerDeath(2, "other", 1, "was told of again"));
            PeerDeath second = new PeerDeath(1, "h", 0, "exited with status 3");
            job.server().rankDied(second);
            assertThat(late.poll(20, TimeUnit.SECONDS)).isEqualTo(second);
            assertThat(early.poll(20, TimeUnit.SECONDS)).isEqualTo(second);
            assertThat(threads).containsOnly("openib-runtime-notices");
        }
    }

    @Test
    void shouldLetAHandlerUseTheRuntime() throws Exception {
        BlockingQueue<Boolean> answers = new LinkedBlockingQueue<>();
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3));
                JobRuntime runtime = job.open(0)) {
            runtime.put("k", new byte[2_000]);
            runtime.onPeerDied(death -> answers.add(runtime.get(0, "k").isPresent()));
            job.server().rankDied(DEATH);
            assertThat(answers.poll(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void shouldDeclareARankDeadWhoseConnectionEndedWhenTheLauncherStaysSilent() throws Exception {
        BlockingQueue<Integer> disconnected = new LinkedBlockingQueue<>();
        Pmi1Listener listener = new Pmi1Listener() {
            @Override
            public void onDisconnected(int rank) {
                disconnected.add(rank);
            }
        };
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(2).lossGraceMs(20).listener(listener);
        try (Ranks job = new Ranks(options)) {
            Future<?> end = job.start(0, runtime -> runtime.fence(Ranks.FENCE_MS));
            try (ScriptedClient other = new ScriptedClient(job.server().environment(1))) {
                other.sendHello();
                assertThat(other.line()).isEqualTo("cmd=initack rc=0");
            }
            assertThat(disconnected.poll(20, TimeUnit.SECONDS)).isEqualTo(1);
            assertThatThrownBy(() -> Ranks.join(end))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.PEER_DIED))
                    .hasMessageContaining("rank 1 (host")
                    .hasMessageContaining("pid 99)");
            assertThat(job.server().stage(1)).isEqualTo(RankStage.JOINED);
        }
    }

    @Test
    void shouldPreferTheLaunchersWordOverTheEndOfAConnection() throws Exception {
        CountDownLatch disconnected = new CountDownLatch(1);
        Pmi1Listener listener = new Pmi1Listener() {
            @Override
            public void onDisconnected(int rank) {
                disconnected.countDown();
            }
        };
        Pmi1ServerOptions options =
                Pmi1ServerOptions.ofSize(2).lossGraceMs(60_000).listener(listener);
        try (Ranks job = new Ranks(options)) {
            Future<?> end = job.start(0, runtime -> runtime.fence(Ranks.FENCE_MS));
            try (ScriptedClient other = new ScriptedClient(job.server().environment(1))) {
                other.sendHello();
                other.line();
            }
            assertThat(disconnected.await(20, TimeUnit.SECONDS)).isTrue();
            job.server().rankDied(new PeerDeath(1, "h", 5, "exited with status 7"));
            assertThatThrownBy(() -> Ranks.join(end)).hasMessageContaining("exited with status 7");
        }
    }

    @Test
    void shouldFailAFenceThatARankHasLeftBehind() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2))) {
            Future<?> end = job.start(0, runtime -> runtime.fence(Ranks.FENCE_MS));
            job.open(1).close();
            assertThatThrownBy(() -> Ranks.join(end)).isInstanceOfSatisfying(OpenibRuntimeException.class, e -> {
                assertThat(e.failure()).isEqualTo(RuntimeFailure.PEER_LEFT);
                assertThat(e.peer()).hasValue(1);
            });
        }
    }

    @Test
    void shouldTellTheLauncherHowFarEachRankCame() throws Exception {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        Pmi1Listener listener = new Pmi1Listener() {
            @Override
            public void onJoined(int rank) {
                events.add("joined " + rank);
            }

            @Override
            public void onFinalized(int rank) {
                events.add("finalized " + rank);
            }

            @Override
            public void onAbort(int rank, int status, String message) {
                events.add("abort " + rank + " " + status + " " + message);
                throw new IllegalStateException("a listener's own trouble");
            }
        };
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2).listener(listener))) {
            assertThat(job.server().stage(1)).isEqualTo(RankStage.AWAITED);
            try (JobRuntime runtime = job.open(1)) {
                assertThat(events.poll(20, TimeUnit.SECONDS)).isEqualTo("joined 1");
                assertThat(job.server().stage(1)).isEqualTo(RankStage.JOINED);
                runtime.abort(17, "out of\nluck");
                assertThat(events.poll(20, TimeUnit.SECONDS)).isEqualTo("abort 1 17 out_of_luck");
            }
            assertThat(events.poll(20, TimeUnit.SECONDS)).isEqualTo("finalized 1");
            assertThat(job.server().stage(1)).isEqualTo(RankStage.FINALIZED);
        }
    }

    @Test
    void shouldAbortWhileAnotherThreadWaitsInAFence() throws Exception {
        BlockingQueue<Integer> statuses = new LinkedBlockingQueue<>();
        Pmi1Listener listener = new Pmi1Listener() {
            @Override
            public void onAbort(int rank, int status, String message) {
                statuses.add(status);
            }
        };
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2).listener(listener));
                JobRuntime runtime = job.open(0)) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> end = job.start(() -> {
                begun.countDown();
                runtime.fence(Ranks.FENCE_MS);
                return null;
            });
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            runtime.abort(3, "");
            assertThat(statuses.poll(20, TimeUnit.SECONDS)).isEqualTo(3);
            assertThat(end.isDone()).isFalse();
        }
    }
}
