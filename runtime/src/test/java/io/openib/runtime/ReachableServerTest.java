package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server for ranks of several machines. 127.0.0.2 stands for an address that the ranks were told. */
@Timeout(60)
class ReachableServerTest {

    @Test
    void shouldListenAtTheAddressGivenAndNowhereElse() throws Exception {
        InetAddress address = InetAddress.getByName("127.0.0.2");
        try (Pmi1Server server = Pmi1Server.open(Pmi1ServerOptions.ofSize(1).listenAt(address));
                JobRuntime rank = Launchers.open(server.environment(0), Ranks.parameters())) {
            assertThat(server.address()).startsWith("127.0.0.2:");
            assertThat(rank.launcher()).contains(server.address());
            String port = server.address().substring(server.address().indexOf(':'));
            assertThatThrownBy(() ->
                            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.substring(1))).close())
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void shouldTellEachRankWhoSharesItsNode() throws Exception {
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(3).nodeOfRank(0, 1, 1))) {
            job.runAll(runtime -> {
                boolean isFirst = runtime.rank() == 0;
                assertThat(runtime.locality().isEveryRankHere()).isFalse();
                assertThat(runtime.locality().placeOf(2))
                        .isEqualTo(isFirst ? Locality.Place.ELSEWHERE : Locality.Place.HERE);
                runtime.fence(Ranks.FENCE_MS);
            });
        }
    }

    @Test
    void shouldTellNothingWhereTheMappingIsTooLongForTheWire() throws Exception {
        int[] nodes = new int[400];
        for (int rank = 0; rank < nodes.length; rank++) {
            nodes[rank] = 7 * (rank % 3) + rank;
        }
        try (Ranks job = new Ranks(Pmi1ServerOptions.ofSize(nodes.length).nodeOfRank(nodes));
                JobRuntime rank = job.open(5)) {
            assertThat(rank.locality().isKnown()).isFalse();
        }
    }

    @Test
    void shouldRefuseAStrangerAtAnAddressThatOthersReach() throws Exception {
        BlockingQueue<String> refusals = new LinkedBlockingQueue<>();
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(1)
                .listenAt(InetAddress.getByName("127.0.0.2"))
                .listener(new Pmi1Listener() {
                    @Override
                    public void onRefused(String reason) {
                        refusals.add(reason);
                    }
                });
        try (Pmi1Server server = Pmi1Server.open(options);
                ScriptedClient stranger = new ScriptedClient(server.environment(0))) {
            assertThat(stranger.exchange("cmd=initack pmiid=0")).isEqualTo("cmd=initack rc=-1 msg=not_admitted");
            assertThat(refusals.poll(20, TimeUnit.SECONDS)).contains("not_admitted");
        }
    }

    @Test
    void shouldNotServeClientsWithoutATokenBeyondLoopback() throws Exception {
        Pmi1ServerOptions options =
                Pmi1ServerOptions.ofSize(1).admitForeignClients().listenAt(InetAddress.getByName("192.0.2.1"));
        assertThatThrownBy(() -> Pmi1Server.open(options))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.REFUSED))
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("use loopback");
    }

    @Test
    void shouldSayWhereItCannotListen() throws Exception {
        Pmi1ServerOptions options = Pmi1ServerOptions.ofSize(1).listenAt(InetAddress.getByName("192.0.2.1"));
        assertThatThrownBy(() -> Pmi1Server.open(options))
                .isInstanceOf(OpenibRuntimeException.class)
                .hasMessageContaining("cannot listen for its ranks at 192.0.2.1")
                .hasMessageContaining("address of this machine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1"})
    void shouldNotTellRanksAnAddressThatLeadsNowhere(String address) throws Exception {
        InetAddress nowhere = InetAddress.getByName(address);
        assertThatThrownBy(() -> Pmi1ServerOptions.ofSize(1).listenAt(nowhere))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give an address of this one");
    }

    @Test
    void shouldWantANodeForEachRank() {
        assertThatThrownBy(() -> Pmi1ServerOptions.ofSize(2).nodeOfRank(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give one from 0 on for each");
        assertThatThrownBy(() -> Pmi1ServerOptions.ofSize(1).nodeOfRank(-1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
