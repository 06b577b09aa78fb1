package io.openib.verbs.soft.cm;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Mtu;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmStrangerTest {
    private final CmSide server = new CmSide(1);
    private final CmSide client = new CmSide(2);
    private final CmId listener = server.listen();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private Socket dial() throws IOException {
        Socket socket = new Socket(CmSide.addressOf(listener).getAddress(), CmSide.portOf(listener));
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void assertDropped(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void shouldDropWhoSendsNoRequestAndServeTheOthers() throws IOException, InterruptedException {
        byte[] http = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] replied = CmCodecTest.bytes(CmMessage.Signal.RTU);
        byte[] tooLong = replied.clone();
        tooLong[6] = (byte) 0xff;

        for (byte[] bytes : List.of(http, replied, tooLong, new byte[] {0})) {
            try (Socket socket = dial()) {
                socket.getOutputStream().write(bytes);
                assertDropped(socket);
            }
        }
        server.expectNothing();
        CmSide.connect(client, server, listener, 1, 2);
    }

    @Test
    void shouldDropWhoSaysNothing() throws IOException {
        try (Socket socket = dial()) {
            assertDropped(socket);
        }
    }

    @Test
    void shouldBoundTheNumberOfThoseWhoSayNothing() throws IOException, InterruptedException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * CmSide.FAST.maxStrangers(); i++) {
                silent.add(dial());
            }
            for (Socket socket : silent) {
                assertDropped(socket);
            }
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
        CmSide.connect(client, server, listener, 1, 2);
    }

    @Test
    void shouldSurviveRandomBytesAfterAValidRequest() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        System.out.println("CmStrangerTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            byte[] noise = new byte[1 + random.nextInt(400)];
            random.nextBytes(noise);
            Offer offer = new Offer(7, client.gid, 0, Mtu.MTU_1024, 1, CmSide.parameters(1000 + round));

            try (Socket socket = dial()) {
                socket.getOutputStream().write(CmCodecTest.bytes(new CmMessage.Request(offer)));
                socket.getOutputStream().write(noise);
                CmId passive = server.expect(CmEventType.CONNECT_REQUEST).id();
                socket.shutdownOutput();
                server.expect(CmEventType.REJECTED, passive);
                passive.close();
            }
        }
        CmSide.connect(client, server, listener, 1, 2);
    }
}
