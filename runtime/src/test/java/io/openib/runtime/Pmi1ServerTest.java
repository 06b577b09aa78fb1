package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our server against clients that know nothing of our extension, and against those that mean harm. */
@Timeout(60)
class Pmi1ServerTest {

    private final BlockingQueue<String> refusals = new LinkedBlockingQueue<>();
    private final Pmi1Listener listener = new Pmi1Listener() {
        @Override
        public void onRefused(String reason) {
            refusals.add(reason);
        }
    };

    @Test
    void shouldSpeakPmi1ToAForeignClientByteForByte() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).admitForeignClients());
                ScriptedClient mpich = new ScriptedClient(server.environment(0))) {
            assertThat(mpich.exchange("cmd=initack pmiid=0")).isEqualTo("cmd=initack rc=0");
            assertThat(mpich.line()).isEqualTo("cmd=set size=1");
            assertThat(mpich.line()).isEqualTo("cmd=set rank=0");
            assertThat(mpich.line()).isEqualTo("cmd=set debug=0");
            assertThat(mpich.exchange("cmd=init pmi_version=1 pmi_subversion=1"))
                    .isEqualTo("cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1");
            assertThat(mpich.exchange("cmd=get_maxes"))
                    .isEqualTo("cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=1024");
            assertThat(mpich.exchange("cmd=get_universe_size")).isEqualTo("cmd=universe_size rc=0 size=1");
            assertThat(mpich.exchange("cmd=get_appnum")).isEqualTo("cmd=appnum rc=0 appnum=0");
            String kvs = server.jobId();
            assertThat(mpich.exchange("cmd=get_my_kvsname")).isEqualTo("cmd=my_kvsname kvsname=" + kvs);
            assertThat(mpich.exchange("cmd=get kvsname=" + kvs + " key=PMI_process_mapping"))
                    .isEqualTo("cmd=get_result rc=0 value=(vector,(0,1,1))");
            assertThat(mpich.exchange("cmd=put kvsname=" + kvs + " key=P0-card value=a=b#c$"))
                    .isEqualTo("cmd=put_result rc=0");
            assertThat(mpich.exchange("cmd=barrier_in")).isEqualTo("cmd=barrier_out");
            assertThat(mpich.exchange("cmd=get kvsname=" + kvs + " key=P0-card"))
                    .isEqualTo("cmd=get_result rc=0 value=a=b#c$");
            assertThat(mpich.exchange("cmd=get kvsname=" + kvs + " key=P1-card"))
                    .isEqualTo("cmd=get_result rc=-1 msg=key_P1-card_not_found value=unknown");
            assertThat(mpich.exchange("cmd=spawn_a_dragon size=9"))
                    .isEqualTo("cmd=error rc=-1 msg=unknown_command command=spawn_a_dragon");
            assertThat(mpich.exchange("cmd=finalize")).isEqualTo("cmd=finalize_ack");
        }
    }

    @Test
    void shouldAnswerPipelinedRequestsThatArriveInPieces() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1));
                ScriptedClient client = joined(server, 0)) {
            byte[] requests = "cmd=get_appnum\n".repeat(300).getBytes(StandardCharsets.US_ASCII);
            for (int at = 0; at < requests.length; at += 7) {
                client.send(Arrays.copyOfRange(requests, at, Math.min(requests.length, at + 7)));
            }
            for (int i = 0; i < 300; i++) {
                assertThat(client.line()).isEqualTo("cmd=appnum rc=0 appnum=0");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cmd=initack pmiid=0\n",
                "cmd=initack pmiid=0 openib_token=\n",
                "cmd=initack pmiid=0 openib_token=00112233\n",
                "cmd=initack pmiid=77 openib_token=00112233\n"
            })
    void shouldRefuseAStrangerWithoutSayingWhy(String hello) throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener));
                ScriptedClient stranger = new ScriptedClient(server.environment(0))) {
            stranger.send(hello);
            assertThat(stranger.line()).isEqualTo("cmd=initack rc=-1 msg=not_admitted");
            assertThat(stranger.isDropped()).isTrue();
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("not_admitted");
            assertThat(server.stage(0)).isEqualTo(RankStage.AWAITED);
            joined(server, 0).close();
        }
    }

    @Test
    void shouldTellOfManyStrangersInAFewLines() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener))) {
            for (int i = 0; i < 120; i++) {
                try (ScriptedClient stranger = new ScriptedClient(server.environment(0))) {
                    stranger.send(i % 2 == 0 ? "GET / HTTP/1.1\r\n" : "cmd=initack pmiid=0\n");
                    stranger.line();
                    assertThat(stranger.isDropped()).isTrue();
                }
            }
            joined(server, 0).close();
            assertThat(refusals).hasSize(11);
            assertThat(refusals).last(STRING).contains("100 connections of strangers");
        }
    }

    @Test
    void shouldKeepNoRankFromPuttingThoughAnotherPutsWithoutEnd() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(2));
                ScriptedClient greedy = joined(server, 0);
                ScriptedClient modest = joined(server, 1)) {
            String value = "v".repeat(1_000);
            String reply = "";
            int put = 0;
            while (put < 40_000 && !reply.contains("rc=-1")) {
                reply = greedy.exchange("cmd=put key=k" + put++ + " value=" + value);
            }
            assertThat(reply).isEqualTo("cmd=put_result rc=-1 msg=no_room_for_more_values_of_rank_0");
            assertThat(put).as("a value of the longest kind has room").isGreaterThan(25_000);
            assertThat(greedy.exchange("cmd=get key=k0")).isEqualTo("cmd=get_result rc=0 value=" + value);
            assertThat(modest.exchange("cmd=put key=mine value=" + value)).isEqualTo("cmd=put_result rc=0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1", "x", "99999999999", "2147483648"})
    void shouldRefuseARankThatTheJobDoesNotHave(String pmiId) throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1));
                ScriptedClient client = new ScriptedClient(server.environment(0))) {
            assertThat(client.exchange("cmd=initack pmiid=" + pmiId + " openib_token=" + client.token()))
                    .isEqualTo("cmd=initack rc=-1 msg=pmiid_is_not_0_to_0");
            assertThat(client.isDropped()).isTrue();
        }
    }

    @Test
    void shouldRefuseASecondProcessOfARankInItsOwnWords() {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(2));
                JobRuntime first = job.open(1)) {
            assertThatThrownBy(() -> job.open(1))
                    .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                            .isEqualTo(RuntimeFailure.REFUSED))
                    .hasMessageContaining("pmiid_1_is_taken");
            assertThat(first.get(0, "still")).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "cmd=get_maxes\n",
                "\n",
                "cmd=\n",
                "mcmd=spawn\n",
                "\u0016\u0003\u0001\u0002",
                "cmd=initack\u0000\n"
            })
    void shouldDropWhoSpeaksSomethingElse(String bytes) throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener));
                ScriptedClient stranger = new ScriptedClient(server.environment(0))) {
            stranger.send(bytes);
            assertThat(stranger.isDropped()).isTrue();
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("a stranger");
            joined(server, 0).close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDropAnOverlongLine(boolean isAdmitted) throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener));
                ScriptedClient client = isAdmitted ? joined(server, 0) : new ScriptedClient(server.environment(0))) {
            client.send("cmd=put key=" + "k".repeat(3_000));
            assertThat(client.isDropped()).isTrue();
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("2048");
        }
    }

    @Test
    void shouldDropWhoSaysNothing() throws Exception {
        Pmi1ServerOptions options =
                Pmi1ServerOptions.ofSize(1).helloTimeoutMs(50).listener(listener);
        try (Pmi1Server server = Pmi1Server.open(options);
                ScriptedClient silent = new ScriptedClient(server.environment(0))) {
            assertThat(silent.isDropped()).isTrue();
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("did not say which rank");
        }
    }

    @Test
    void shouldStillAdmitARankWhenStrangersHoldManyConnections() throws Exception {
        List<ScriptedClient> strangers = new ArrayList<>();
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener))) {
            for (int i = 0; i < 200; i++) {
                strangers.add(new ScriptedClient(server.environment(0)));
            }
            joined(server, 0).close();
            assertThat(strangers.get(0).isDropped()).isTrue();
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("too many");
        } finally {
            for (ScriptedClient stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void shouldLetAllRanksConnectBeforeTheFirstSpeaks() throws Exception {
        List<ScriptedClient> clients = new ArrayList<>();
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(150))) {
            for (int rank = 0; rank < 150; rank++) {
                clients.add(new ScriptedClient(server.environment(rank)));
            }
            for (ScriptedClient client : clients) {
                client.sendHello();
                assertThat(client.line()).isEqualTo("cmd=initack rc=0");
            }
        } finally {
            for (ScriptedClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void shouldDropARankThatDoesNotReadItsReplies() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listener(listener));
                ScriptedClient client = joined(server, 0)) {
            client.exchange("cmd=put key=k value=" + "v".repeat(1_000));
            byte[] requests = "cmd=get key=k\n".repeat(500).getBytes(StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> {
                        while (true) {
                            client.send(requests);
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("does not read its replies");
        }
    }

    @Test
    void shouldServeItsRanksThroughRandomBytesFromStrangers() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(1));
                JobRuntime runtime = job.open(0)) {
            for (int round = 0; round < 100; round++) {
                byte[] garbage = new byte[1 + random.nextInt(5_000)];
                random.nextBytes(garbage);
                try (ScriptedClient stranger = new ScriptedClient(job.server().environment(0))) {
                    if (random.nextBoolean()) {
                        stranger.send("cmd=initack pmiid=");
                    }
                    sendAnyway(stranger, garbage);
                    if (random.nextBoolean()) {
                        stranger.line();
                    }
                }
                runtime.put("round" + round, garbage);
            }
            assertThat(runtime.get(0, "round99")).isPresent();
            runtime.fence(Ranks.FENCE_MS);
        }
    }

    @Test
    void shouldSurviveARankThatSendsMutatedRequests() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String[] requests = {
            "cmd=init pmi_version=1 pmi_subversion=1\n",
            "cmd=get_maxes\n",
            "cmd=put kvsname=x key=a value=b\n",
            "cmd=get key=a\n",
            "cmd=barrier_in\n",
            "cmd=abort exitcode=1 message=a b\n",
            "cmd=finalize\n"
        };
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(101).lossGraceMs(60_000));
                ScriptedClient witness = joined(server, 100)) {
            for (int rank = 0; rank < 100; rank++) {
                try (ScriptedClient client = joined(server, rank)) {
                    for (int i = 0; i < 20; i++) {
                        byte[] request = requests[random.nextInt(requests.length)].getBytes(StandardCharsets.US_ASCII);
                        request[random.nextInt(request.length)] = (byte) random.nextInt(256);
                        sendAnyway(client, request);
                    }
                    client.endOutput();
                    while (!client.line().isEmpty()) {
                        Thread.onSpinWait();
                    }
                }
            }
            assertThat(witness.exchange("cmd=get_appnum")).isEqualTo("cmd=appnum rc=0 appnum=0");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "key=PMI_process_mapping value=x",
                "key= value=x",
                "value=x",
                "key=k",
                "kvsname=other key=k value=x",
                "key=0123456789012345678901234567890123456789012345678901234567890123 value=x",
            })
    void shouldRefuseABadPutAndGoOn(String attributes) throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1));
                ScriptedClient client = joined(server, 0)) {
            assertThat(client.exchange("cmd=put " + attributes)).startsWith("cmd=put_result rc=-1 msg=");
            assertThat(client.exchange("cmd=put key=k value=x")).isEqualTo("cmd=put_result rc=0");
            assertThat(client.exchange("cmd=put key=k value=y")).isEqualTo("cmd=put_result rc=-1 msg=duplicate_key_k");
        }
    }

    @Test
    void shouldRefusePmi2() throws Exception {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1));
                ScriptedClient client = joined(server, 0)) {
            assertThat(client.exchange("cmd=init pmi_version=2 pmi_subversion=0"))
                    .isEqualTo("cmd=response_to_init rc=-1 pmi_version=1 pmi_subversion=1");
        }
    }

    @Test
    void shouldHideOtherLaunchersFromItsRanks() {
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(2))) {
            Map<String, String> environment = new TreeMap<>(Map.of(
                    "HOME",
                    "/h",
                    "PMI_FD",
                    "7",
                    "PMIX_RANK",
                    "0",
                    "OMPI_COMM_WORLD_SIZE",
                    "4",
                    "OMPI_MCA_btl",
                    "openib"));
            server.applyEnvironment(1, environment);
            Map<String, String> expected = new TreeMap<>(server.environment(1));
            expected.put("HOME", "/h");
            expected.put("OMPI_MCA_btl", "openib");
            assertThat(environment).isEqualTo(expected);
            ProcessBuilder child = new ProcessBuilder("true");
            server.applyEnvironment(0, child.environment());
            assertThat(child.environment()).containsAllEntriesOf(server.environment(0));
        }
    }

    @Test
    void shouldGiveEveryJobNewSecrets() {
        try (Pmi1Server one = Pmi1Server.open(Pmi1ServerOptions.ofSize(1));
                Pmi1Server other = Pmi1Server.open(Pmi1ServerOptions.ofSize(1))) {
            for (String variable : new String[] {"OPENIB_JOB_SECRET", "OPENIB_PMI_TOKEN", "PMI_PORT"}) {
                assertThat(one.environment(0))
                        .doesNotContainEntry(variable, other.environment(0).get(variable));
            }
            assertThat(one.jobId()).isNotEqualTo(other.jobId());
        }
    }

    /** A client that has said hello with the token, and read the answer. */
    private static ScriptedClient joined(Pmi1Server server, int rank) throws IOException {
        ScriptedClient client = new ScriptedClient(server.environment(rank));
        client.sendHello();
        assertThat(client.line()).isEqualTo("cmd=initack rc=0");
        assertThat(client.line()).startsWith("cmd=set size=");
        assertThat(client.line()).isEqualTo("cmd=set rank=" + rank);
        assertThat(client.line()).isEqualTo("cmd=set debug=0");
        return client;
    }

    private static void sendAnyway(ScriptedClient client, byte[] bytes) {
        try {
            client.send(bytes);
        } catch (IOException e) {
            // The server has dropped the connection already, as it may.
        }
    }
}
