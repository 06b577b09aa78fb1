package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Takes connections, and keeps those who do not say who they are for a bounded time and in a bounded number. */
final class WireListener {
    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final int STRANGERS_MOST = 64;
    private static final int BACKLOG = 1024;

    private final WireLoop loop;
    private final ServerSocketChannel socket;
    private final long ownArena;
    private final byte[] secret;
    private final ArrayDeque<Caller> strangers = new ArrayDeque<>();

    WireListener(WireLoop loop, InetSocketAddress address, long ownArena, byte[] secret) throws IOException {
        this.loop = loop;
        this.ownArena = ownArena;
        this.secret = secret;
        this.socket = ServerSocketChannel.open();
        try {
            socket.bind(address, BACKLOG);
            socket.configureBlocking(false);
            socket.register(loop.selector(), SelectionKey.OP_ACCEPT, this);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    int port() throws IOException {
        return ((InetSocketAddress) socket.getLocalAddress()).getPort();
    }

    void onReady() {
        try {
            SocketChannel accepted = socket.accept();
            if (accepted != null) {
                if (strangers.size() >= STRANGERS_MOST) {
                    strangers.element().connection().close("others came meanwhile");
                }
                strangers.add(new Caller(accepted));
            }
        } catch (IOException e) {
            loop.host().onStranger("accepting failed: " + e.getMessage());
        }
    }

    /** Closes those whose time is over; gives the time until the next one's is. */
    long dismissLate(long nowNs) {
        for (Caller oldest = strangers.peek(); oldest != null; oldest = strangers.peek()) {
            long leftNs = oldest.sinceNs + PATIENCE_NS - nowNs;
            if (leftNs > 0) {
                return leftNs;
            }
            oldest.connection().close("it did not say who it is");
        }
        return Long.MAX_VALUE;
    }

    /** The listening end of a connection. */
    private final class Caller implements WireConnection.Owner {
        private final Greeting greeting = new Greeting(secret);
        private final WireConnection connection;
        private final long sinceNs = System.nanoTime();
        private int nextBytes = Greeting.HELLO_BYTES;

        Caller(SocketChannel accepted) throws IOException {
            connection = new WireConnection(loop, accepted, SelectionKey.OP_READ, this);
        }

        WireConnection connection() {
            return connection;
        }

        @Override
        public int greetingBytes() {
            return nextBytes;
        }

        @Override
        public boolean onGreeting(byte[] message) {
            if (nextBytes == Greeting.HELLO_BYTES) {
                nextBytes = Greeting.PROOF_BYTES;
                if (!greeting.isFor(message, ownArena)) {
                    return false;
                }
                connection.greet(greeting.answer());
                return true;
            }
            if (!greeting.isProof(message)) {
                return false;
            }
            nextBytes = 0;
            strangers.remove(this);
            connection.widen();
            return true;
        }

        @Override
        public void onPacket(Packet packet) {
            if (packet.kind() < Packet.ACK) {
                loop.host().onRequest(greeting.dialler(), packet, connection);
            } else {
                connection.close("an answer to nothing");
            }
        }

        @Override
        public void onClosed(@Nullable String why) {
            if (strangers.remove(this)) {
                loop.host().onStranger(String.valueOf(why));
            }
        }
    }
}
