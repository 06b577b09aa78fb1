package io.openib.verbs.soft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of connections that are idle, silent, full, or cannot be taken. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WireLinkTest {
    private static final long NEAR = 0x11;
    private static final long FAR = 0x22;
    private static final byte[] NO_SECRET = {};
    private static final int SPARE_DESCRIPTORS = 16;
    private static final long MILLISECOND = 1_000_000;

    private static WireTimes times(long silenceMs, long idleMs) {
        return new WireTimes(
                5_000 * MILLISECOND,
                1_000 * MILLISECOND,
                silenceMs * MILLISECOND,
                idleMs * MILLISECOND,
                100 * MILLISECOND);
    }

    @Test
    void shouldCloseAConnectionThatNobodyUsesAndDialAgain() throws Exception {
        WireTimes brief = times(1_000, 50);
        try (WireTalker far = new WireTalker(FAR, NO_SECRET, brief, 0);
                WireTalker near = new WireTalker(NEAR, NO_SECRET, brief, 0).talkTo(FAR, far.port())) {
            near.send(1);
            near.awaitAnswer(1);
            awaitClosed(near.link());
            near.send(2);
            near.awaitAnswer(2);
            assertThat(near.link().generation()).isGreaterThan(1);
            assertThat(far.requests()).isEqualTo(2);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // more processes than cores
    private static void awaitClosed(WireLink link) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(WireTalker.WAIT_S);
        while (link.isOpen() && System.nanoTime() - endNs < 0) {
            Thread.yield();
        }
        assertThat(link.isOpen()).isFalse();
    }

    /** Each side's buffers are full of what the other does not read, unless answers are always taken. */
    @Test
    void shouldNotStandStillWhenBothWaysAreFull() throws Exception {
        int messages = 3_000;
        try (WireTalker far = new WireTalker(FAR, NO_SECRET, times(20_000, 30_000), Packet.MAX_PAYLOAD);
                WireTalker near = new WireTalker(NEAR, NO_SECRET, times(20_000, 30_000), Packet.MAX_PAYLOAD)
                        .talkTo(FAR, far.port())) {
            for (int message = 0; message < messages; message++) {
                near.send(message);
            }
            for (int message = 0; message < messages; message++) {
                near.awaitAnswer(message);
            }
            assertThat(near.link().generation()).isEqualTo(1);
        }
    }

    @Test
    void shouldDialAgainWhenNoAnswerComes() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                WireTalker near =
                        new WireTalker(NEAR, NO_SECRET, times(50, 30_000), 0).talkTo(FAR, silent.getLocalPort())) {
            near.send(1);
            try (Socket first = silent.accept();
                    Socket second = accept(silent)) {
                assertThat(first.getInputStream().readNBytes(Greeting.HELLO_BYTES))
                        .hasSize(Greeting.HELLO_BYTES);
                assertThat(first.getInputStream().read()).isEqualTo(-1);
                greetAndRefuseToAnswer(second);
                assertThat(second.getInputStream().readNBytes(Packet.HEADER_BYTES))
                        .hasSize(Packet.HEADER_BYTES);
                assertThat(second.getInputStream().read())
                        .as("the end, after no answer")
                        .isEqualTo(-1);
            }
        }
    }

    /** Although nothing that went out before is answered. */
    @Test
    void shouldSendOnAsSoonAsThereIsRoom() throws Exception {
        int messages = 12;
        int bytes = messages * (Packet.HEADER_BYTES + Packet.MAX_PAYLOAD);
        try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                WireTalker near = new WireTalker(NEAR, NO_SECRET, times(20_000, 30_000), Packet.MAX_PAYLOAD)
                        .talkTo(FAR, silent.getLocalPort())) {
            for (int message = 0; message < messages; message++) {
                near.send(message);
            }
            try (Socket far = accept(silent)) {
                greetAndRefuseToAnswer(far);
                assertThat(far.getInputStream().readNBytes(bytes)).hasSize(bytes);
            }
        }
    }

    private static Socket accept(ServerSocket on) throws IOException {
        on.setSoTimeout(WireTalker.WAIT_S * 1_000);
        return on.accept();
    }

    private static void greetAndRefuseToAnswer(Socket dialler) throws IOException {
        Greeting greeting = new Greeting(NO_SECRET);
        assertThat(greeting.isFor(dialler.getInputStream().readNBytes(Greeting.HELLO_BYTES), FAR))
                .isTrue();
        dialler.getOutputStream().write(greeting.answer());
        assertThat(greeting.isProof(dialler.getInputStream().readNBytes(Greeting.PROOF_BYTES)))
                .isTrue();
    }

    /** In a process that may have few of them. */
    @Test
    void shouldNotSpinWhenDescriptorsAreShort() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 200; exec \"$@\"",
                        "sh",
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ShortOfDescriptors.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = process.inputReader();
                WireTalker near = new WireTalker(NEAR, NO_SECRET, times(1_000, 30_000), 0)) {
            int port = Integer.parseInt(said.readLine());
            near.talkTo(ShortOfDescriptors.ARENA, port).send(1);
            near.awaitAnswer(1);
            process.outputWriter().append("fill\n").flush();
            assertThat(said.readLine()).isEqualTo("full");
            // A virtual machine may close a few descriptors of its own meanwhile, which the first ones take.
            List<Socket> first = new ArrayList<>();
            for (int i = 0; i < SPARE_DESCRIPTORS; i++) {
                first.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            try (Socket waiting = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(Long.parseLong(said.readLine()))
                        .as("nanoseconds until it had failed three times")
                        // of two pauses: the first failure is seen some time after it, a spin would take microseconds
                        .isGreaterThan(WireTimes.DEFAULT.acceptPause());
                near.send(2);
                near.awaitAnswer(2);
                process.outputWriter().append("free\n").flush();
                waiting.getOutputStream().write(new byte[Greeting.HELLO_BYTES]);
                assertThat(waiting.getInputStream().read())
                        .as("it is taken, and refused")
                        .isEqualTo(-1);
            }
            for (Socket socket : first) {
                socket.close();
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
