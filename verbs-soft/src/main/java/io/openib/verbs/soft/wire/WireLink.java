package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The way to one process: a connection that is dialled when it is needed, and dialled again, ever more slowly, when it
 * breaks. On the wire's thread.
 */
public final class WireLink implements PacketSink, WireConnection.Owner {
    private static final long FIRST_PAUSE_NS = 5_000_000;
    private static final long LAST_PAUSE_NS = 500_000_000;
    private static final long GREETING_NS = 5_000_000_000L;

    private final WireLoop loop;
    private final long ownArena;
    private final long arena;
    private final InetSocketAddress address;
    private final byte[] secret;
    private @Nullable WireConnection connection;
    private Greeting greeting;
    private boolean isOpen;
    private int generation;
    private long dialledNs;
    private long pauseNs = FIRST_PAUSE_NS;
    private long notBeforeNs = System.nanoTime();
    private long heardNs;

    WireLink(WireLoop loop, long ownArena, long arena, InetSocketAddress address, byte[] secret) {
        this.loop = loop;
        this.ownArena = ownArena;
        this.arena = arena;
        this.address = address;
        this.secret = secret;
        this.greeting = new Greeting(secret);
    }

    /** The process it leads to. */
    public long arena() {
        return arena;
    }

    /** Whether packets can be sent. */
    public boolean isOpen() {
        return isOpen;
    }

    /** Counts how often it was opened: what was sent before the last time may never have arrived. */
    public int generation() {
        return generation;
    }

    /** When something came from the process last, by {@link System#nanoTime}; of no meaning while it is closed. */
    public long heardNs() {
        return heardNs;
    }

    /**
     * Dials if it is closed and time to.
     *
     * @return nanoseconds until it is to be asked again; {@link Long#MAX_VALUE} while it is open
     */
    public long need(long nowNs) {
        if (isOpen) {
            return Long.MAX_VALUE;
        }
        WireConnection dialling = connection;
        if (dialling != null) {
            long leftNs = dialledNs + GREETING_NS - nowNs;
            if (leftNs <= 0) {
                dialling.close("no greeting");
            }
            return Math.max(leftNs, FIRST_PAUSE_NS);
        }
        if (nowNs - notBeforeNs < 0) {
            return notBeforeNs - nowNs;
        }
        dial(nowNs);
        return FIRST_PAUSE_NS;
    }

    private void dial(long nowNs) {
        dialledNs = nowNs;
        SocketChannel socket = null;
        try {
            socket = SocketChannel.open();
            socket.configureBlocking(false);
            greeting = new Greeting(secret);
            int interest = socket.connect(address) ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT;
            WireConnection dialled = new WireConnection(loop, socket, interest, this);
            connection = dialled;
            dialled.greet(greeting.hello(arena, ownArena));
        } catch (IOException e) {
            if (socket != null) {
                loop.closeQuietly(socket);
            }
            onClosed(e.getMessage());
        }
    }

    /** Closes the connection, for a new one to be dialled: this one does not seem to lead anywhere. */
    public void reset() {
        WireConnection present = connection;
        if (present != null) {
            present.close(null);
        }
    }

    @Override
    public boolean hasRoom() {
        WireConnection present = connection;
        return isOpen && present != null && present.hasRoom();
    }

    @Override
    public Packet begin(int payloadBytes) {
        return java.util.Objects.requireNonNull(connection).begin(payloadBytes);
    }

    @Override
    public void end() {
        java.util.Objects.requireNonNull(connection).end();
    }

    @Override
    public int greetingBytes() {
        return isOpen ? 0 : Greeting.ANSWER_BYTES;
    }

    @Override
    public boolean onGreeting(byte[] message) {
        WireConnection present = java.util.Objects.requireNonNull(connection);
        if (!greeting.isAnswer(message)) {
            return false;
        }
        present.greet(greeting.proof());
        present.widen();
        isOpen = true;
        generation++;
        heardNs = System.nanoTime();
        pauseNs = FIRST_PAUSE_NS;
        return true;
    }

    @Override
    public void onPacket(Packet packet) {
        heardNs = System.nanoTime();
        if (packet.kind() >= Packet.ACK) {
            loop.host().onAnswer(arena, packet);
        } else {
            reset();
        }
    }

    @Override
    public void onClosed(@Nullable String why) {
        connection = null;
        isOpen = false;
        notBeforeNs = System.nanoTime() + pauseNs;
        pauseNs = Math.min(2 * pauseNs, LAST_PAUSE_NS);
    }
}
