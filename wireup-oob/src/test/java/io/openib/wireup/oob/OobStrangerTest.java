package io.openib.wireup.oob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.wireup.HandshakeCodec;
import io.openib.wireup.HandshakeMessage;
import io.openib.wireup.PeerName;
import io.openib.wireup.WireupFailure.Reason;
import io.openib.wireup.WireupRefusedException;
import io.openib.wireup.testkit.ScriptedFabric;
import io.openib.wireup.testkit.TestProcess;
import io.openib.wireup.testkit.TestProcess.Identity;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever connects to the listener and is no peer is dropped, and nothing else happens. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OobStrangerTest {
    private final ScriptedFabric fabric = new ScriptedFabric();
    private final List<AutoCloseable> open = new ArrayList<>();

    private TestProcess start(int rank, Map<String, String> values) throws WireupRefusedException {
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

    private Socket dial(TestProcess process) throws IOException {
        OobContact contact = OobContact.decode(process.asContact().blob());
        Socket socket = new Socket(contact.addresses().get(0), contact.tcpPort());
        socket.setSoTimeout(20_000);
        open.add(socket);
        return socket;
    }

    private static byte[] prelude(TestProcess process) {
        return Frames.prelude(OobContact.decode(process.asContact().blob()).module());
    }

    private static boolean isDropped(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    private void assertUnharmed(TestProcess a) throws WireupRefusedException {
        TestProcess b = start(9, Map.of());
        CompletableFuture<TestProcess.Told> told = b.connect(a);
        assertThat(told.orTimeout(20, TimeUnit.SECONDS).join().connection()).isNotNull();
    }

    @Test
    void shouldDropRandomBytes() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        TestProcess a = start(0, Map.of());
        for (int i = 0; i < 50; i++) {
            Socket socket = dial(a);
            byte[] noise = new byte[8 + random.nextInt(20_000)];
            random.nextBytes(noise);
            try {
                socket.getOutputStream().write(noise);
            } catch (IOException e) {
                // dropped while it was still writing
            }
            assertThat(isDropped(socket)).isTrue();
        }
        assertUnharmed(a);
    }

    @Test
    void shouldDropAPreludeFollowedByNoise() throws Exception {
        TestProcess a = start(0, Map.of());
        for (byte[] noise : List.of(new byte[64], "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))) {
            Socket socket = dial(a);
            socket.getOutputStream().write(prelude(a));
            socket.getOutputStream().write(noise);
            assertThat(isDropped(socket)).isTrue();
        }
        Socket elsewhere = dial(a);
        elsewhere
                .getOutputStream()
                .write(Frames.prelude(OobContact.decode(a.asContact().blob()).module() + 1));
        assertThat(isDropped(elsewhere)).isTrue();
        assertUnharmed(a);
    }

    @Test
    void shouldDropWhoSaysNothing() throws Exception {
        TestProcess a = start(0, Map.of());
        Socket silent = dial(a);
        Socket slow = dial(a);
        slow.getOutputStream().write(prelude(a), 0, 5);
        assertThat(isDropped(silent)).isTrue();
        assertThat(isDropped(slow)).isTrue();
        assertUnharmed(a);
    }

    @Test
    void shouldKeepOnlySoManyWhoSayNothing() throws Exception {
        TestProcess a = start(0, Map.of());
        Socket first = dial(a);
        long startNs = System.nanoTime();
        for (int i = 0; i < 300; i++) {
            dial(a);
        }
        assertThat(isDropped(first)).isTrue();
        System.out.println("the oldest of 301 went after " + (System.nanoTime() - startNs) / 1_000_000 + " ms");
        assertUnharmed(a);
    }

    @Test
    void shouldDropAMessageOfAnotherJobAndOneThatIsForgedOrReplayedThere() throws Exception {
        TestProcess a = start(0, Map.of());
        for (HandshakeCodec codec : List.of(
                HandshakeCodec.create("another", Optional.of("secret".getBytes(StandardCharsets.UTF_8))),
                HandshakeCodec.create("job", Optional.of("guess".getBytes(StandardCharsets.UTF_8))),
                HandshakeCodec.create("job", Optional.empty()))) {
            Socket socket = dial(a);
            OutputStream out = socket.getOutputStream();
            out.write(prelude(a));
            out.write(codec.encode(failure(3, 0)));
            assertThat(isDropped(socket)).isTrue();
        }
        assertUnharmed(a);
    }

    @Test
    void shouldDropAMessageThatIsForSomebodyElse() throws Exception {
        TestProcess a = start(0, Map.of());
        HandshakeCodec codec = HandshakeCodec.create("job", Optional.of("secret".getBytes(StandardCharsets.UTF_8)));
        for (HandshakeMessage message : List.of(failure(3, 2), failure(0, 0), failure(70, 0))) {
            Socket socket = dial(a);
            socket.getOutputStream().write(prelude(a));
            socket.getOutputStream().write(codec.encode(message));
            assertThat(isDropped(socket)).isTrue();
        }
        assertUnharmed(a);
    }

    /** What was recorded on its way to another module does not become the way to its sender. */
    @Test
    void shouldNotTakeAMessageForAnotherModuleForItsPeer() throws Exception {
        TestProcess a = start(0, Map.of());
        HandshakeCodec codec = HandshakeCodec.create("job", Optional.of("secret".getBytes(StandardCharsets.UTF_8)));
        Socket replayer = dial(a);
        replayer.getOutputStream().write(prelude(a));
        replayer.getOutputStream().write(codec.encode(failure(3, 0)));
        awaitWitness(a, dial(a));
        CompletableFuture<TestProcess.Told> told = a.connect(start(3, Map.of()));
        assertThat(told.orTimeout(20, TimeUnit.SECONDS).join().connection()).isNotNull();
        assertThat(isDropped(replayer)).as("nobody known is dropped in time").isTrue();
    }

    /** It is answered, but does not become the way to its sender. */
    @Test
    void shouldNotTakeWhoSaysAgainWhatIsOfThePastForItsPeer() throws Exception {
        TestProcess a = start(0, Map.of());
        TestProcess b = start(3, Map.of());
        assertThat(b.connect(a).orTimeout(20, TimeUnit.SECONDS).join().connection())
                .isNotNull();
        HandshakeCodec codec = HandshakeCodec.create("job", Optional.of("secret".getBytes(StandardCharsets.UTF_8)));
        byte[] old = codec.encode(
                failure(3, 0, OobContact.decode(a.asContact().blob()).module()));
        Socket replayer = dial(a);
        replayer.getOutputStream().write(prelude(a));
        replayer.getOutputStream().write(old);
        awaitWitness(a, dial(a));
        assertThat(a.connect(b).orTimeout(20, TimeUnit.SECONDS).join().connection())
                .isNotNull();
    }

    private static void awaitWitness(TestProcess process, Socket witness) throws IOException {
        witness.getOutputStream().write(prelude(process));
        witness.getOutputStream().write(new byte[64]);
        assertThat(isDropped(witness)).as("what came before it was read").isTrue();
    }

    /** A message that the process has dealt with, as it was recorded. */
    private byte[] recorded(TestProcess process, TestProcess peer) {
        assertThat(peer.connect(process).orTimeout(20, TimeUnit.SECONDS).join().connection())
                .isNotNull();
        HandshakeCodec codec = HandshakeCodec.create("job", Optional.of("secret".getBytes(StandardCharsets.UTF_8)));
        int module = OobContact.decode(process.asContact().blob()).module();
        return codec.encode(failure(peer.name().rank(), process.name().rank(), module));
    }

    @Test
    void shouldKeepOnlySoManyWhoSayWhatWasRecorded() throws Exception {
        TestProcess a = start(0, Map.of());
        byte[] old = recorded(a, start(3, Map.of()));
        Socket first = dial(a);
        for (Socket socket = first; open.size() < 300; socket = dial(a)) {
            socket.getOutputStream().write(prelude(a));
            socket.getOutputStream().write(old);
        }
        assertThat(isDropped(first)).isTrue();
        assertUnharmed(a);
    }

    @Test
    void shouldReadNoMoreThanTheControlThreadIsDoneWith() throws Exception {
        TestProcess a = start(0, Map.of());
        byte[] old = recorded(a, start(3, Map.of()));
        byte[] many = new byte[20_000 * old.length];
        for (int at = 0; at < many.length; at += old.length) {
            System.arraycopy(old, 0, many, at, old.length);
        }
        CountDownLatch held = new CountDownLatch(1);
        assertThat(a.control().execute(() -> hold(held))).isTrue();
        Socket replayer = dial(a);
        replayer.getOutputStream().write(prelude(a));
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(replayer, many));
        for (int i = 0; i < 20; i++) {
            awaitWitness(a, dial(a));
        }
        assertThat(a.control().execute(() -> {}))
                .as("there is room for other work")
                .isTrue();
        held.countDown();
        assertUnharmed(a);
        replayer.close();
        writing.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static void hold(CountDownLatch held) {
        try {
            assertThat(held.await(40, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            // dropped while it was still writing
        }
    }

    /** Whoever says again and again what was recorded stays no longer than an attempt can take. */
    @Test
    void shouldKeepWhoHasShownItselfNoLongerHoweverOftenItSaysSo() throws Exception {
        TestProcess a = start(0, Map.of("btl_openib_connect_oob_timeout", "500"));
        HandshakeCodec codec = HandshakeCodec.create("job", Optional.of("secret".getBytes(StandardCharsets.UTF_8)));
        byte[] message = codec.encode(
                failure(3, 0, OobContact.decode(a.asContact().blob()).module()));
        Socket socket = dial(a);
        socket.getOutputStream().write(prelude(a));
        socket.getOutputStream().write(message);
        socket.getOutputStream().write(message);
        assertThat(isDropped(socket)).isTrue();
    }

    private static HandshakeMessage failure(int source, int destination) {
        return failure(source, destination, 0);
    }

    private static HandshakeMessage failure(int source, int destination, int module) {
        return new HandshakeMessage(
                new PeerName(source),
                new PeerName(destination),
                module,
                0,
                1,
                1,
                0,
                HandshakeMessage.Status.FAILED,
                HandshakeMessage.Status.NONE,
                null,
                new HandshakeMessage.Failure(Reason.REFUSED, "no"));
    }

    @Test
    void shouldRefuseToListenForOtherHostsWithoutASecret() throws Exception {
        assertThatThrownBy(() -> startSpread(0, ""))
                .isInstanceOf(WireupRefusedException.class)
                .hasMessageContaining("OPENIB_JOB_SECRET");
    }

    @Test
    void shouldListenForOtherHostsWithASecretAndOnLoopbackAloneElse() throws Exception {
        TestProcess local = start(0, Map.of());
        assertThat(OobContact.decode(local.asContact().blob()).addresses())
                .containsExactly(InetAddress.getLoopbackAddress());
        TestProcess a = startSpread(1, "secret");
        TestProcess b = startSpread(2, "secret");
        CompletableFuture<TestProcess.Told> told = a.connect(b);
        assertThat(told.orTimeout(20, TimeUnit.SECONDS).join().connection()).isNotNull();
    }

    private TestProcess startSpread(int rank, String secret) throws WireupRefusedException {
        Identity spread = new Identity(rank, "job", secret, "P,128,256,192,128", 64, false);
        TestProcess process = new TestProcess(fabric, spread, new OobComponent(), Map.of());
        open.add(process);
        return process;
    }

    @Test
    void shouldSayWhatToDoAboutATakenPort() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> start(0, Map.of("btl_openib_connect_oob_port", port)))
                    .isInstanceOf(WireupRefusedException.class)
                    .hasMessageContaining(port)
                    .hasMessageContaining("btl_openib_connect_oob_port")
                    .hasMessageContaining("127.0.0.1");
        }
    }

    @Test
    void shouldTakeTheFirstFreePortOfARange() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int first = Math.min(taken.getLocalPort(), 65_000);
            TestProcess a = start(0, Map.of("btl_openib_connect_oob_port", first + "-" + (first + 500)));
            assertThat(OobContact.decode(a.asContact().blob()).tcpPort()).isBetween(first, first + 500);
            assertUnharmed(a);
        }
    }
}
