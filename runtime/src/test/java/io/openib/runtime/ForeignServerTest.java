package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.openib.mca.McaParameters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Our client against servers that know nothing of our extension. */
@Timeout(60)
class ForeignServerTest {

    private static final McaParameters PARAMETERS = Ranks.parameters();
    private static final McaParameters IMPATIENT = Ranks.parameters("runtime_pmi_timeout_ms", "200");

    private final Queue<OpenibRuntimeException> losses = new ConcurrentLinkedQueue<>();

    @Test
    void shouldSpeakPmi1ToHydraByteForByte() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra()
                    .answer("cmd=put_result rc=0\n")
                    .answer("cmd=barrier_out rc=0\n")
                    .answer("cmd=get_result rc=0 value=1-3-1-e1b73e2a-AQL_\n")
                    .answer("cmd=get_result rc=-1 msg=key_openib/0/none_not_found value=unknown\n")
                    .answer("cmd=get_result rc=0 found=FALSE\n")
                    .answer("cmd=finalize_ack rc=0\n");
            try (JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS)) {
                assertThat(runtime.rank()).isEqualTo(1);
                assertThat(runtime.size()).isEqualTo(4);
                assertThat(runtime.jobId()).isEqualTo("kvs_77_0");
                assertThat(runtime.jobSecret()).isEmpty();
                runtime.put("a.b", new byte[] {1, 2, -1});
                runtime.fence(Ranks.FENCE_MS);
                assertThat(runtime.get(0, "a.c")).isPresent();
                assertThat(runtime.get(0, "none")).isEmpty();
                assertThat(runtime.get(0, "none2")).isEmpty();
            }
            assertThat(hydra.requests())
                    .containsExactly(
                            "cmd=initack pmiid=1",
                            "cmd=init pmi_version=1 pmi_subversion=1",
                            "cmd=get_maxes",
                            "cmd=get_my_kvsname",
                            "cmd=get kvsname=kvs_77_0 key=PMI_process_mapping",
                            "cmd=put kvsname=kvs_77_0 key=openib/1/a/b value=1-3-1-e1b73e2a-AQL_",
                            "cmd=barrier_in",
                            "cmd=get kvsname=kvs_77_0 key=openib/0/a/c",
                            "cmd=get kvsname=kvs_77_0 key=openib/0/none",
                            "cmd=get kvsname=kvs_77_0 key=openib/0/none2",
                            "cmd=finalize");
        }
    }

    @Test
    void shouldTakeRankAndSizeFromTheFirstLineOfANewerServer() throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            server.answer("cmd=initack rc=0 rank=2 size=3 appnum=0 debug=0\n")
                    .answer("cmd=set size=3\ncmd=set rank=2\ncmd=set debug=0\ncmd=response_to_init rc=0\n")
                    .answer("cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024\n")
                    .answer("cmd=my_kvsname kvsname=k/.7\n")
                    .answer("cmd=get_result rc=-1\n")
                    .answer("cmd=finalize_ack\n");
            try (JobRuntime runtime = Launchers.open(server.start(), PARAMETERS)) {
                assertThat(runtime.rank()).isEqualTo(2);
                assertThat(runtime.jobId()).isEqualTo("k__7");
                assertThat(runtime.locality().isKnown()).isFalse();
                assertThat(runtime.locality().placeOf(0)).isEqualTo(Locality.Place.UNKNOWN);
            }
        }
    }

    @Test
    void shouldGoByTheEnvironmentWhereThereIsNoPmiId() throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            server.answer("cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n")
                    .answer("cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024\n")
                    .answer("cmd=my_kvsname kvsname=k\n")
                    .answer("cmd=get_result rc=0 value=nonsense\n")
                    .answer("cmd=finalize_ack\n");
            Map<String, String> environment = server.start();
            environment.remove("PMI_ID");
            environment.put("PMI_RANK", "5");
            environment.put("PMI_SIZE", "6");
            try (JobRuntime runtime = Launchers.open(environment, PARAMETERS)) {
                assertThat(runtime.rank()).isEqualTo(5);
                assertThat(runtime.size()).isEqualTo(6);
            }
            assertThat(server.requests()).first().isEqualTo("cmd=init pmi_version=1 pmi_subversion=1");
        }
    }

    @Test
    void shouldNotShowOurTokenToAnotherServer() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra().answer("cmd=finalize_ack\n");
            Map<String, String> environment = hydra.start();
            environment.put("OPENIB_PMI_TOKEN", "127.0.0.1:1/00ff");
            Launchers.open(environment, PARAMETERS).close();
            assertThat(hydra.requests()).first().isEqualTo("cmd=initack pmiid=1");
        }
    }

    @Test
    void shouldWaitForTheAnswerToItsFarewellThoughItIsInterrupted() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra().answer("").thenBeSilent();
            JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS);
            AtomicBoolean isStillInterrupted = new AtomicBoolean();
            Thread leaver = waiting(() -> {
                Thread.currentThread().interrupt();
                runtime.close();
                isStillInterrupted.set(Thread.interrupted());
            });
            leaver.interrupt(); // the second time it is heard
            leaver.join();
            assertThat(isStillInterrupted).isTrue();
            assertThat(hydra.requests()).contains("cmd=finalize");
        }
    }

    @Test
    void shouldSplitValuesSoThatEachRequestStaysBelow1024Bytes() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra();
            for (int i = 0; i < 5; i++) {
                hydra.answer("cmd=put_result rc=0\n");
            }
            hydra.answer("cmd=finalize_ack\n");
            try (JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS)) {
                runtime.put("big", new byte[3_000]);
            }
            assertThat(hydra.requests()).hasSize(11).allSatisfy(request -> assertThat(request)
                    .hasSizeLessThan(1_024));
            assertThat(hydra.requests().get(9)).contains("key=openib/1/big value=1-3000-5-");
        }
    }

    private static final String LAST_OF_FIRST = "cmd=set debug=0\n";

    static Stream<Arguments> badAnswers() {
        String init = "cmd=initack\ncmd=set size=4\ncmd=set rank=1\n" + LAST_OF_FIRST;
        return Stream.of(
                arguments("HTTP/1.1 400 Bad Request\r\n", RuntimeFailure.PROTOCOL, "PMI_PORT"),
                arguments("cmd=\n", RuntimeFailure.PROTOCOL, "cmd="),
                arguments("\n", RuntimeFailure.PROTOCOL, "cmd="),
                arguments("cmd=x" + " a=b".repeat(65) + "\n", RuntimeFailure.PROTOCOL, "attributes"),
                arguments("cmd=" + "x".repeat(70_000) + "\n", RuntimeFailure.PROTOCOL, "65536"),
                arguments("cmd=initack\ncmd=set size=4\ncmd=set ra", RuntimeFailure.CONNECTION_LOST, "within a line"),
                arguments("", RuntimeFailure.CONNECTION_LOST, "closed"),
                arguments("cmd=finalize_ack\n", RuntimeFailure.PROTOCOL, "finalize_ack"),
                arguments("cmd=openib_rank_died rank=1\n", RuntimeFailure.PROTOCOL, "openib_rank_died"),
                arguments("cmd=set x=1\n".repeat(30), RuntimeFailure.PROTOCOL, "PMI_PORT"),
                arguments("cmd=initack rc=-1 msg=who_are_you\n", RuntimeFailure.REFUSED, "who_are_you"),
                arguments("cmd=initack rc=-1 msg=" + "x".repeat(60_000) + "\n", RuntimeFailure.REFUSED, "xxx..."),
                arguments(init + "cmd=" + "x".repeat(60_000) + "\n", RuntimeFailure.PROTOCOL, "xxx..."),
                arguments(init.replace("rank=1", "rank=4"), RuntimeFailure.PROTOCOL, "rank 4 of 4"),
                arguments(init.replace("size=4", "size=-1"), RuntimeFailure.PROTOCOL, "rank 1 of -1"),
                arguments(init.replace("size=4", "size=99999999999"), RuntimeFailure.PROTOCOL, "rank 1 of -1"));
    }

    @ParameterizedTest
    @MethodSource("badAnswers")
    void shouldStopWithAClearLineOnABadAnswer(String answer, RuntimeFailure failure, String told) throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            // What answers the second request waits for it: whoever asks behind the end of a connection hears of that
            // alone.
            int second = answer.indexOf(LAST_OF_FIRST) + LAST_OF_FIRST.length();
            if (second < LAST_OF_FIRST.length()) {
                server.answer(answer);
            } else if (second == answer.length()) {
                server.answer(answer).answer("cmd=response_to_init rc=0\n");
            } else {
                server.answer(answer.substring(0, second)).answer(answer.substring(second));
            }
            Map<String, String> environment = server.start();
            assertThatThrownBy(() -> Launchers.open(environment, PARAMETERS))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(failure))
                    .hasMessageContaining(told)
                    .hasMessageContaining("pmi1 at 127.0.0.1:")
                    .message()
                    .doesNotContain("\n")
                    .hasSizeLessThan(500);
        }
    }

    @Test
    void shouldTakeAServerThatAllowsLongKeys() throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            server.answer("cmd=initack rc=0 rank=0 size=2\n")
                    .answer("cmd=response_to_init rc=0\n")
                    .answer("cmd=maxes rc=0 kvsname_max=256 keylen_max=1024 vallen_max=1024\n")
                    .answer("cmd=my_kvsname kvsname=kvs_1\n")
                    .answer("cmd=get_result rc=-1\n")
                    .answer("cmd=put_result rc=0\n")
                    .answer("cmd=finalize_ack\n");
            try (JobRuntime runtime = Launchers.open(server.start(), PARAMETERS)) {
                runtime.put("some", new byte[600]);
            }
            assertThat(server.requests().get(5)).contains("value=1-600-1-").hasSizeLessThan(1_024);
        }
    }

    @Test
    void shouldSurviveRandomBytesFromAServer() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            StringBuilder garbage = new StringBuilder(round % 2 == 0 ? "" : "cmd=initack\ncmd=set size=");
            for (int i = random.nextInt(3_000); i >= 0; i--) {
                garbage.append((char) random.nextInt(256));
            }
            try (ScriptedServer server = new ScriptedServer()) {
                Map<String, String> environment =
                        server.answer(garbage.toString()).start();
                assertThatThrownBy(() -> Launchers.open(environment, PARAMETERS))
                        .isInstanceOf(OpenibRuntimeException.class);
            }
        }
    }

    @Test
    void shouldGiveUpOnAServerThatNeverAnswers() throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            Map<String, String> environment = server.thenBeSilent().start();
            assertThatThrownBy(() -> Launchers.open(environment, IMPATIENT))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.TIMEOUT))
                    .hasMessageContaining("initack")
                    .hasMessageContaining("200 ms");
        }
    }

    @Test
    void shouldCloseInTimeThoughTheServerDoesNotAnswer() throws Exception {
        try (ScriptedServer server = new ScriptedServer()) {
            Map<String, String> environment =
                    server.answerLikeHydra().thenBeSilent().start();
            JobRuntime runtime = Launchers.open(environment, IMPATIENT);
            runtime.close();
            runtime.close();
            assertThatThrownBy(() -> runtime.fence(1_000))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.CLOSED));
        }
    }

    @Test
    void shouldFailTheLateRequestAloneAndGoOnOnceItIsAnswered() throws Exception {
        McaParameters halfASecond = Ranks.parameters("runtime_pmi_timeout_ms", "500");
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra()
                    .answer("")
                    .answer("cmd=get_result rc=-1 msg=not_found\n")
                    .answer("cmd=put_result rc=0\n")
                    .answer("cmd=finalize_ack rc=0\n");
            try (JobRuntime runtime = Launchers.open(hydra.start(), halfASecond)) {
                runtime.onLauncherLost(losses::add);
                for (String key : List.of("a", "b")) {
                    assertThatThrownBy(() -> runtime.get(0, key))
                            .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                                    .isEqualTo(RuntimeFailure.TIMEOUT))
                            .hasMessageContaining("500 ms");
                }
                hydra.say("cmd=get_result rc=0 value=1-3-1-e1b73e2a-AQL_\n");
                assertThat(runtime.get(0, "b")).isEmpty();
                runtime.put("c", new byte[0]);
            }
            assertThat(losses).isEmpty();
            assertThat(hydra.requests())
                    .filteredOn(request -> request.contains("openib/") || request.contains("finalize"))
                    .satisfiesExactly(
                            request -> assertThat(request).contains("cmd=get ", "openib/0/a"),
                            request -> assertThat(request).contains("cmd=get ", "openib/0/b"),
                            request -> assertThat(request).contains("cmd=put ", "openib/1/c"),
                            request -> assertThat(request).isEqualTo("cmd=finalize"));
        }
    }

    @Test
    void shouldGoOnAfterARequestWhoseThreadIsInterrupted() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra()
                    .answer("")
                    .answer("cmd=get_result rc=-1 msg=not_found\n")
                    .answer("cmd=finalize_ack rc=0\n");
            try (JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS)) {
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                Thread getter = waiting(() -> thrown.set(catchThrowable(() -> runtime.get(0, "a"))));
                getter.interrupt();
                getter.join();
                assertThat(thrown.get())
                        .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                                .isEqualTo(RuntimeFailure.INTERRUPTED));
                hydra.say("cmd=get_result rc=0 value=1-3-1-e1b73e2a-AQL_\n");
                assertThat(runtime.get(0, "b")).isEmpty();
            }
            assertThat(hydra.requests()).last().isEqualTo("cmd=finalize");
        }
    }

    /** To the launcher, a rank that goes without a farewell has died. */
    @Test
    void shouldSayItsFarewellBehindTheRequestThatIsUnderWay() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra().answer("").answer("cmd=get_result rc=0 found=FALSE\ncmd=finalize_ack rc=0\n");
            JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS);
            runtime.onLauncherLost(losses::add);
            AtomicReference<Object> value = new AtomicReference<>();
            Thread getter = waiting(() -> value.set(runtime.get(0, "a")));
            runtime.close();
            getter.join();
            assertThat(hydra.requests()).last().isEqualTo("cmd=finalize");
            assertThat(value.get()).isEqualTo(Optional.empty());
            assertThat(losses).isEmpty();
        }
    }

    /** A thread that has come to wait for an answer. */
    private static Thread waiting(Runnable work) {
        Thread thread = new Thread(work);
        thread.start();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(thread.getState()).isNotEqualTo(Thread.State.TERMINATED);
        }
        return thread;
    }

    @Test
    void shouldReportADamagedValue() throws Exception {
        try (ScriptedServer hydra = new ScriptedServer()) {
            hydra.answerLikeHydra()
                    .answer("cmd=get_result rc=0 value=1-3-1-e1b73e2b-AQL_\n")
                    .answer("cmd=get_result rc=0 value=1-3000-2-00000000-AQL_\n")
                    .answer("cmd=get_result rc=-1 msg=no value=unknown\n")
                    .answer("cmd=finalize_ack\n");
            try (JobRuntime runtime = Launchers.open(hydra.start(), PARAMETERS)) {
                assertThatThrownBy(() -> runtime.get(0, "a")).hasMessageContaining("checksum");
                assertThatThrownBy(() -> runtime.get(0, "a")).hasMessageContaining("chunk 1 of 2 is missing");
            }
        }
    }

    @Test
    void shouldSayThatNobodyListensAtPmiPort() throws Exception {
        String address;
        try (ScriptedServer server = new ScriptedServer()) {
            address = server.address();
        }
        Map<String, String> environment = Map.of("PMI_PORT", address, "PMI_ID", "0");
        assertThatThrownBy(() -> Launchers.open(environment, PARAMETERS))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.UNREACHABLE))
                .hasMessageContaining(address)
                .hasMessageContaining("runtime_launcher");
    }
}
