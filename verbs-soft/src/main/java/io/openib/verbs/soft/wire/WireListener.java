package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections, and keeps those who do not say who they are for a bounded time and in a bounded number. */
final class WireListener {
    private static final Logger LOG = LoggerFactory.getLogger(WireListener.class);
    private static final int STRANGERS_MOST = 64;
    private static final int BACKLOG = 1024;

    /** A link of another process: it has one connection at a time. */
    private record Peer(long arena, int link) {}

    private final WireLoop loop;
    private final WireTimes times;
    private final ServerSocketChannel socket;
    private final SelectionKey key;
    private final long ownArena;
    private final byte[] secret;
    private final ArrayDeque<Caller> strangers = new ArrayDeque<>();
    private final Map<Peer, Caller> members = new HashMap<>();
    private boolean isPaused;
    private long resumeNs;
    private volatile int failures;

    WireListener(WireLoop loop, InetSocketAddress address, long ownArena, byte[] secret) throws IOException {
        this.loop = loop;
        this.times = loop.times();
        this.ownArena = ownArena;
        this.secret = secret;
        this.socket = ServerSocketChannel.open();
        try {
            socket.bind(address, BACKLOG);
            socket.configureBlocking(false);
            key = socket.register(loop.selector(), SelectionKey.OP_ACCEPT, this);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    int port() throws IOException {
        return ((InetSocketAddress) socket.getLocalAddress()).getPort();
    }

    /** How often no connection could be taken, although one waited. Any thread. */
    int failures() {
        return failures;
    }

    void onReady() {
        try {
            SocketChannel accepted = socket.accept();
            if (accepted != null) {
                admit(accepted);
            }
        } catch (IOException e) {
            pause(e);
        }
    }

    private void admit(SocketChannel accepted) {
        if (strangers.size() >= STRANGERS_MOST) {
            strangers.element().connection().close("others came meanwhile");
        }
        try {
            strangers.add(new Caller(accepted));
            loop.tendBy(loop.nowNs() + times.patience());
        } catch (IOException e) {
            loop.closeQuietly(accepted); // it has gone already
        }
    }

    /** The selector would tell of the waiting one for ever. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the wire's thread alone
    private void pause(IOException e) {
        failures++;
        if (failures == 1) {
            LOG.warn(
                    "soft: the wire can take no connection ({}); it tries again every {} ms: see that descriptors are left "
                            + "(ulimit -n)",
                    e.getMessage(),
                    times.acceptPause() / 1_000_000);
        }
        isPaused = true;
        resumeNs = loop.nowNs() + times.acceptPause();
        key.interestOps(0);
        loop.tendBy(resumeNs);
    }

    long tend(long nowNs) {
        if (!isPaused) {
            return Long.MAX_VALUE;
        }
        if (resumeNs - nowNs > 0) {
            return resumeNs - nowNs;
        }
        isPaused = false;
        key.interestOps(SelectionKey.OP_ACCEPT);
        return Long.MAX_VALUE;
    }

    /** The listening end of a connection. */
    private final class Caller implements WireConnection.Owner {
        private final Greeting greeting = new Greeting(secret);
        private final WireConnection connection;
        private long heardNs = loop.nowNs();
        private int nextBytes = Greeting.HELLO_BYTES;

        Caller(SocketChannel accepted) throws IOException {
            connection = new WireConnection(loop, accepted, SelectionKey.OP_READ, this);
        }

        WireConnection connection() {
            return connection;
        }

        @Override
        public boolean isAnswering() {
            return true;
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
            heardNs = loop.nowNs();
            strangers.remove(this);
            connection.widen(greeting.firstAsking(), greeting.firstAnswering());
            replace(members.put(peer(), this));
            return true;
        }

        private Peer peer() {
            return new Peer(greeting.dialler(), greeting.link());
        }

        /** What the one before has not delivered yet was given up by who sent it. */
        private void replace(@Nullable Caller before) {
            if (before != null) {
                before.connection.close("it dialled again");
            }
        }

        @Override
        public void onPacket(Packet packet) {
            heardNs = loop.nowNs();
            if (packet.kind() == Packet.PING) {
                connection.begin(0).head(Packet.PONG, 0, 0, 0);
                connection.end();
            } else if (packet.kind() < Packet.ACK) {
                loop.host().onRequest(greeting.dialler(), packet, connection);
            } else {
                connection.close("an answer to nothing");
            }
        }

        @Override
        public long tend(long nowNs) {
            boolean isStranger = nextBytes != 0;
            long leftNs = heardNs + (isStranger ? times.patience() : 3 * times.idle()) - nowNs;
            if (leftNs > 0) {
                return leftNs;
            }
            connection.close(isStranger ? "it did not say who it is" : "nobody uses it");
            return Long.MAX_VALUE;
        }

        @Override
        public void onClosed(@Nullable String why) {
            if (strangers.remove(this)) {
                loop.host().onStranger(String.valueOf(why));
            } else {
                members.remove(peer(), this);
            }
        }
    }
}
