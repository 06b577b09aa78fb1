package io.openib.wireup.oob;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.wireup.PeerContact;
import io.openib.wireup.WireupFailure;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.ScriptedFabric;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer publishes all its addresses, and not every one of them leads to it from everywhere. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobAddressesTest {
    private static final String BAD = "127.0.0.2";
    private static final String REFUSING = "127.0.0.3";
    private static final String GOOD = "127.0.0.1";
    private static final int BACKLOG = 1;
    private static final int FILL_TIMEOUT_MS = 200;

    private final ScriptedFabric fabric = new ScriptedFabric();
    private final List<AutoCloseable> open = new ArrayList<>();

    private TestProcess start(int rank, int timeoutMs, int retries) throws WireupRefusedException {
        Map<String, String> values = Map.of(
                "btl_openib_connect_oob_timeout", Integer.toString(timeoutMs),
                "btl_openib_connect_oob_retries", Integer.toString(retries));
        TestProcess process = new TestProcess(fabric, Identity.of(rank), new OobComponent(), values);
        open.add(process);
        return process;
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    /** The peer as it would be published with these addresses. */
    private static PeerContact at(TestProcess peer, String... addresses) throws IOException {
        PeerContact contact = peer.asContact();
        OobContact real = OobContact.decode(contact.blob());
        List<InetAddress> published = new ArrayList<>();
        for (String address : addresses) {
            published.add(InetAddress.getByName(address));
        }
        OobContact told = new OobContact(published, real.tcpPort(), real.module());
        return new PeerContact(contact.name(), contact.host(), contact.configuration(), told.encode());
    }

    private static int tcpPort(TestProcess peer) {
        return OobContact.decode(peer.asContact().blob()).tcpPort();
    }

    /** Takes TCP connections at the peer's port of another address, as many as its backlog, and says nothing. */
    private InetSocketAddress silence(TestProcess peer, int backlog) throws IOException {
        ServerSocket silent = new ServerSocket(tcpPort(peer), backlog, InetAddress.getByName(BAD));
        open.add(silent);
        return (InetSocketAddress) silent.getLocalSocketAddress();
    }

    /** Swallows each SYN: a full backlog. */
    private void swallow(TestProcess peer) throws IOException {
        InetSocketAddress address = silence(peer, BACKLOG);
        for (int i = 0; i < BACKLOG + 4; i++) {
            Socket one = new Socket();
            open.add(one);
            try {
                one.connect(address, FILL_TIMEOUT_MS);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError(address + " takes more than its backlog");
    }

    private static TestProcess.Told told(CompletableFuture<TestProcess.Told> future) {
        return future.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static void assertConnected(CompletableFuture<TestProcess.Told> future) {
        TestProcess.Told told = told(future);
        assertThat(told.connection()).as("%s", told.failure()).isNotNull();
    }

    @Test
    void shouldReachTheNextAddressWithinTheAttemptWhenOneSwallowsWhatIsSent() throws Exception {
        TestProcess a = start(0, 2_000, 9);
        TestProcess b = start(1, 2_000, 9);
        swallow(b);
        assertConnected(a.connect(at(b, BAD, GOOD)));
    }

    @Test
    void shouldTryEachAddressAtOnceWithoutWaitingForARepetition() throws Exception {
        TestProcess a = start(0, 5_000, 0);
        TestProcess b = start(1, 5_000, 0);
        assertConnected(a.connect(at(b, REFUSING, "127.0.0.4", "127.0.0.5", GOOD)));
    }

    @Test
    void shouldGoOnWithTheNextAddressAfterAFailedAttemptAndStayWithTheOneThatAnswers() throws Exception {
        TestProcess a = start(0, 1_000, 9);
        TestProcess b = start(1, 1_000, 9);
        silence(b, 50);
        PeerContact contact = at(b, BAD, GOOD);
        assertThat(told(a.connect(contact)).connection()).isNull();
        assertConnected(a.connect(contact));
        assertConnected(a.connect(contact));
        assertConnected(a.connect(contact));
    }

    @Test
    void shouldNameEachAddressAndWhatCameOfIt() throws Exception {
        TestProcess a = start(0, 1_500, 0);
        TestProcess b = start(1, 1_500, 0);
        swallow(b);
        WireupFailure failure =
                requireNonNull(told(a.connect(at(b, BAD, REFUSING))).failure());
        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure.text())
                .contains(BAD + ":" + tcpPort(b) + ": no answer within 500 ms")
                .contains(REFUSING + ":" + tcpPort(b) + ": Connection refused")
                .contains("rank 1", "node1");
    }

    /** Long before the deadline. */
    @Test
    void shouldSayAtOnceThatAPeerOfThisHostListensNoMore() throws Exception {
        TestProcess a = start(0, 40_000, 9);
        TestProcess b = start(1, 40_000, 9);
        PeerContact contact = at(b, GOOD, REFUSING);
        int tcpPort = tcpPort(b);
        b.close();
        WireupFailure failure = requireNonNull(told(a.connect(contact)).failure());
        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure.text())
                .contains("nobody listens at its address any more")
                .contains(GOOD + ":" + tcpPort + ": Connection refused")
                .contains(REFUSING + ":" + tcpPort + ": Connection refused")
                .contains("has ended, or has closed its transport");
    }

    /** Somebody between may refuse for reasons of its own. */
    @Test
    void shouldTakeARefusalFromElsewhereForNoEnd() throws Exception {
        Round round = new Round(new OobContact(List.of(InetAddress.getByName("192.0.2.1")), 7, 1), 0);
        round.noteRefusal();
        assertThat(round.isDeserted()).isFalse();
    }

    /** The lower name's TCP connection is the one that stays, but only once there is one. */
    @Test
    void shouldAnswerByThePeersConnectionWhileItsOwnIsNotThere() throws Exception {
        TestProcess a = start(0, 40_000, 9);
        TestProcess b = start(1, 40_000, 9);
        swallow(b);
        CompletableFuture<TestProcess.Told> here = a.connect(at(b, BAD));
        CompletableFuture<TestProcess.Told> there = b.connect(a);
        assertConnected(here.orTimeout(10, TimeUnit.SECONDS));
        assertConnected(there);
    }
}
