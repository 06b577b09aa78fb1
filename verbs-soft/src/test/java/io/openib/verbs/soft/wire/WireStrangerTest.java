package io.openib.verbs.soft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever is none of the job is refused, nothing of theirs is handed over, and a connected peer goes on. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WireStrangerTest {
    private static final long NEAR = 0x11;
    private static final long FAR = 0x22;
    private static final byte[] SECRET = "5a".repeat(32).getBytes(StandardCharsets.US_ASCII);
    private static final int WAIT_S = WireTalker.WAIT_S;
    private static final int STRANGERS_MOST = 64;

    /** Soon tired of who says nothing. */
    private static final WireTimes HASTY = new WireTimes(
            TimeUnit.MILLISECONDS.toNanos(1_500),
            WireTimes.DEFAULT.greeting(),
            WireTimes.DEFAULT.silence(),
            WireTimes.DEFAULT.idle(),
            WireTimes.DEFAULT.acceptPause());

    private final long seed = new SplittableRandom().nextLong();
    private WireTalker far;
    private WireTalker near;
    private int sent;

    @BeforeEach
    void connect() throws Exception {
        System.out.println("seed " + seed);
        far = new WireTalker(FAR, SECRET, HASTY, 0);
        near = new WireTalker(NEAR, SECRET, WireTimes.DEFAULT, 0).talkTo(FAR, far.port());
        assertPeerGoesOn();
    }

    @AfterEach
    void close() {
        near.close();
        far.close();
    }

    @Test
    void shouldRefuseRandomBytes() throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20; i++) {
            byte[] noise = new byte[1 + random.nextInt(4 * Greeting.HELLO_BYTES)];
            random.nextBytes(noise);
            try (Socket stranger = dial()) {
                send(stranger, noise);
                stranger.shutdownOutput();
                assertClosedWithoutAWord(stranger);
            }
            far.awaitStranger();
        }
        assertPeerGoesOn();
    }

    @Test
    void shouldRefuseAnotherMagic() throws Exception {
        byte[] hello = new Greeting(SECRET).hello(FAR, NEAR, 7);
        hello[0] ^= 1;
        assertRefused(hello);
    }

    @Test
    void shouldRefuseAnotherVersion() throws Exception {
        byte[] hello = new Greeting(SECRET).hello(FAR, NEAR, 7);
        hello[11] ^= 2;
        assertRefused(hello);
    }

    @Test
    void shouldRefuseWhoMeansAnotherProcess() throws Exception {
        assertRefused(new Greeting(SECRET).hello(FAR + 1, NEAR, 7));
    }

    @Test
    void shouldRefuseAnotherSecret() throws Exception {
        Greeting forged = new Greeting("another".getBytes(StandardCharsets.US_ASCII));
        try (Socket stranger = dial()) {
            send(stranger, forged.hello(FAR, NEAR, 7));
            byte[] answer = stranger.getInputStream().readNBytes(Greeting.ANSWER_BYTES);
            assertThat(forged.isAnswer(answer)).isFalse();
            send(stranger, forged.proof());
            send(stranger, frame(Packet.ENQUIRE, forged.firstAsking()));
            assertClosedWithoutAWord(stranger);
        }
        far.awaitStranger();
        assertPeerGoesOn();
    }

    @Test
    void shouldRefuseAProofThatWasHeardBefore() throws Exception {
        Greeting genuine = new Greeting(SECRET);
        byte[] hello = genuine.hello(FAR, NEAR, 7);
        byte[] proof;
        try (Socket first = dial()) {
            send(first, hello);
            assertThat(genuine.isAnswer(first.getInputStream().readNBytes(Greeting.ANSWER_BYTES)))
                    .isTrue();
            proof = genuine.proof();
        }
        far.awaitStranger();
        try (Socket again = dial()) {
            send(again, hello);
            assertThat(again.getInputStream().readNBytes(Greeting.ANSWER_BYTES)).hasSize(Greeting.ANSWER_BYTES);
            send(again, proof);
            send(again, frame(Packet.ENQUIRE, genuine.firstAsking()));
            assertClosedWithoutAWord(again);
        }
        far.awaitStranger();
        assertPeerGoesOn();
    }

    @Test
    void shouldDismissWhoSaysNothing() throws Exception {
        try (Socket silent = dial()) {
            assertPeerGoesOn();
            assertClosedWithoutAWord(silent);
        }
        assertThat(far.awaitStranger()).contains("did not say who it is");
        assertPeerGoesOn();
    }

    @Test
    void shouldDismissTheOldestWhenManySayNothing() throws Exception {
        Socket[] silent = new Socket[STRANGERS_MOST + 1];
        try {
            for (int i = 0; i < silent.length; i++) {
                silent[i] = dial();
            }
            assertThat(far.awaitStranger()).contains("others came");
            assertClosedWithoutAWord(silent[0]);
            assertPeerGoesOn();
        } finally {
            for (Socket socket : silent) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void shouldDismissWhoSaysHalfOfWhoItIs() throws Exception {
        byte[] hello = new Greeting(SECRET).hello(FAR, NEAR, 7);
        try (Socket half = dial()) {
            send(half, Arrays.copyOf(hello, Greeting.HELLO_BYTES / 2));
            assertPeerGoesOn();
            assertClosedWithoutAWord(half);
        }
        assertThat(far.awaitStranger()).contains("did not say who it is");
        assertPeerGoesOn();
    }

    @Test
    void shouldCloseAMemberThatSendsNoFrame() throws Exception {
        for (int length : new int[] {0, -1, Packet.HEADER_BYTES - 1, Packet.HEADER_BYTES + Packet.MAX_PAYLOAD + 1}) {
            Greeting greeting = new Greeting(SECRET);
            try (Socket member = join(greeting)) {
                send(
                        member,
                        ByteBuffer.allocate(Packet.HEADER_BYTES)
                                .putInt(0, length)
                                .array());
                assertClosedWithoutAWord(member);
            }
            assertPeerGoesOn();
        }
    }

    @Test
    void shouldCloseAMemberWhoseFramesAreOutOfTurn() throws Exception {
        Greeting greeting = new Greeting(SECRET);
        try (Socket member = join(greeting)) {
            send(member, frame(Packet.PING, greeting.firstAsking()));
            assertThat(member.getInputStream().readNBytes(Packet.HEADER_BYTES)).hasSize(Packet.HEADER_BYTES);
            send(member, frame(Packet.ENQUIRE, greeting.firstAsking()));
            assertClosedWithoutAWord(member);
        }
        assertPeerGoesOn();
    }

    @Test
    void shouldGoOnBesideAMemberThatSendsHalfAFrame() throws Exception {
        Greeting greeting = new Greeting(SECRET);
        try (Socket member = join(greeting)) {
            byte[] whole = frame(Packet.PING, greeting.firstAsking());
            send(member, Arrays.copyOf(whole, 50));
            assertPeerGoesOn();
            send(member, Arrays.copyOfRange(whole, 50, whole.length));
            assertThat(member.getInputStream().readNBytes(Packet.HEADER_BYTES)).hasSize(Packet.HEADER_BYTES);
            send(member, Arrays.copyOf(whole, 50));
        }
        assertPeerGoesOn();
    }

    @Test
    void shouldCloseTheConnectionThatIsReplaced() throws Exception {
        Greeting greeting = new Greeting(SECRET);
        try (Socket first = join(greeting);
                Socket second = join(new Greeting(SECRET))) {
            assertClosedWithoutAWord(first);
            assertThat(second.isClosed()).isFalse();
        }
        assertPeerGoesOn();
    }

    /** Greets as one who holds the secret. */
    private Socket join(Greeting greeting) throws IOException {
        Socket member = dial();
        send(member, greeting.hello(FAR, NEAR, 7));
        assertThat(greeting.isAnswer(member.getInputStream().readNBytes(Greeting.ANSWER_BYTES)))
                .isTrue();
        send(member, greeting.proof());
        return member;
    }

    private static byte[] frame(int kind, int number) {
        byte[] frame = new byte[Packet.HEADER_BYTES];
        new Packet().wrap(ByteBuffer.wrap(frame), 0).clear(0, number).head(kind, 0, 0, 0);
        return frame;
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), far.port());
    }

    private Socket dial() throws IOException {
        Socket socket = new Socket();
        socket.connect(address(), WAIT_S * 1000);
        socket.setSoTimeout(WAIT_S * 1000);
        return socket;
    }

    /** The other side may have closed it already. */
    private static void send(Socket socket, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
        } catch (SocketException e) {
            System.out.println("closed while sending: " + e.getMessage());
        }
    }

    private void assertRefused(byte[] hello) throws Exception {
        try (Socket stranger = dial()) {
            send(stranger, hello);
            assertClosedWithoutAWord(stranger);
        }
        far.awaitStranger();
        assertPeerGoesOn();
    }

    private static void assertClosedWithoutAWord(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        int next;
        try {
            next = in.read();
        } catch (SocketException e) {
            next = -1; // reset, since something of ours was never read
        }
        assertThat(next).isEqualTo(-1);
    }

    /** One more request of the connected peer is served, and none of anybody else's was. */
    private void assertPeerGoesOn() throws Exception {
        sent++;
        near.send(sent);
        near.awaitAnswer(sent);
        assertThat(far.requests()).isEqualTo(sent);
        assertThat(near.link().generation()).isEqualTo(1);
    }
}
