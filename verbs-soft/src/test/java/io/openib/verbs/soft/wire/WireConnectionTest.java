package io.openib.verbs.soft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that reads its answers just when it suits this side least. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WireConnectionTest {
    private static final int READS = 200;
    private static final int WRITES = 3;
    private static final int WRITE_BYTES = 60_000;
    private static final int CUT_BYTES = 30_000;
    private static final int QUIET_READS = 2_000;
    private static final int TURNS = 400;

    /** Answers reads with as much as a packet holds, and looks at what writes bring. */
    private static final class Answering implements WireConnection.Owner {
        private final SocketChannel peer;
        private final ByteBuffer sink = ByteBuffer.allocateDirect(1 << 20);
        private final List<String> problems = new ArrayList<>();
        private @Nullable WireConnection connection;
        private int packets;
        private int looks;

        Answering(SocketChannel peer) {
            this.peer = peer;
        }

        /** Asked before each read of the socket: the peer drains its own meanwhile. */
        @Override
        public int greetingBytes() {
            if (connection != null && connection.isOpen() && looks++ > 1) {
                drain();
            }
            return 0;
        }

        private void drain() {
            try {
                for (int quiet = 0; quiet < QUIET_READS; quiet++) {
                    sink.clear();
                    quiet = peer.read(sink) > 0 ? 0 : quiet;
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean onGreeting(byte[] message) {
            return false;
        }

        @Override
        public boolean isAnswering() {
            return true;
        }

        @Override
        public long tend(long nowNs) {
            return Long.MAX_VALUE;
        }

        @Override
        public void onPacket(Packet packet) {
            packets++;
            for (int at = 0; at < packet.payloadBytes(); at++) {
                if (packet.memory().get(packet.payloadOffset() + at) != (byte) packet.number()) {
                    problems.add("packet " + packet.number() + " has other bytes from " + at + " on");
                    break;
                }
            }
            WireConnection answering = java.util.Objects.requireNonNull(connection);
            answering
                    .begin(packet.status() == 1 ? Packet.MAX_PAYLOAD : 0)
                    .head(Packet.ACK, 0, 0, 0)
                    .number(packet.number());
            answering.end();
        }

        @Override
        public void onClosed(@Nullable String why) {
            problems.add("closed: " + why);
        }
    }

    private static void put(ByteBuffer to, int number, boolean isRead, int payloadBytes) {
        int at = to.position();
        new Packet()
                .wrap(to, at)
                .clear(payloadBytes, number)
                .head(0, 0, 1, 1)
                .number(number)
                .status(isRead ? 1 : 0);
        for (int i = 0; i < payloadBytes; i++) {
            to.put(at + Packet.HEADER_BYTES + i, (byte) number);
        }
        to.position(at + Packet.HEADER_BYTES + payloadBytes);
    }

    /** Reads that fill the way back, then writes, of which the last has come in part. */
    private static ByteBuffer requests() {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        for (int number = 0; number < READS + WRITES; number++) {
            put(all, number, number < READS, number < READS ? 0 : WRITE_BYTES);
        }
        all.flip();
        return all.limit(all.limit() - CUT_BYTES);
    }

    @Test
    void shouldTakeNoFrameThatHasComeInPart() throws IOException {
        try (ServerSocketChannel door = ServerSocketChannel.open()) {
            door.setOption(StandardSocketOptions.SO_RCVBUF, 4 << 20);
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel peer = SocketChannel.open(door.getLocalAddress());
                    SocketChannel accepted = door.accept()) {
                peer.configureBlocking(false);
                ByteBuffer all = requests();
                while (all.hasRemaining()) {
                    peer.write(all);
                }
                Answering owner = new Answering(peer);
                serve(accepted, owner);
                assertThat(owner.problems).isEmpty();
                assertThat(owner.packets).isEqualTo(READS + WRITES - 1);
            }
        }
    }

    /** The loop's thread is never started: this one stands for it. */
    private static void serve(SocketChannel socket, Answering owner) throws IOException {
        WireLoop loop = new WireLoop(new Nobody(), WireTimes.DEFAULT);
        WireConnection connection = new WireConnection(loop, socket, SelectionKey.OP_READ, owner);
        owner.connection = connection;
        connection.widen(0, 0);
        Selector selector = loop.selector();
        for (int turn = 0; turn < TURNS && connection.isOpen() && owner.packets < READS + WRITES; turn++) {
            selector.select(1);
            for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
                owner.looks = 0;
                connection.onReady();
                assertThat(key.isValid()).isTrue();
            }
            selector.selectedKeys().clear();
            connection.flushNow();
        }
        selector.close();
    }

    /** What a process of its own would do beside. */
    private static final class Nobody implements WireHost {
        @Override
        public long work(long nowNs) {
            return Long.MAX_VALUE;
        }

        @Override
        public void onRequest(long arenaId, Packet packet, PacketSink answers) {}

        @Override
        public void onAnswer(long arenaId, Packet packet) {}

        @Override
        public void onStranger(String what) {}
    }
}
