package io.openib.verbs.soft.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The way to one process: a connection that is dialled when it is needed, dialled again, ever more slowly, when it breaks,
 * and closed when nobody uses it. On the wire's thread.
 */
public final class WireLink implements PacketSink, WireConnection.Owner {
    private static final long FIRST_PAUSE_NS = 5_000_000;
    private static final long LAST_PAUSE_NS = 500_000_000;
    private static final long DOUBT_NS = 100_000_000;
    private static final String NO_GREETING = "no greeting";

    private final WireLoop loop;
    private final WireTimes times;
    private final long ownArena;
    private final int number;
    private final long arena;
    private final InetSocketAddress address;
    private final byte[] secret;
    private @Nullable WireConnection connection;
    private Greeting greeting;
    private boolean isOpen;
    private int generation;
    private long dialledNs;
    private long firstDialledNs;

    /** It was dialled, and has neither been open nor refused. */
    private boolean isFirst;

    private boolean wasDialled;
    private long greetingNs;
    private long pauseNs = FIRST_PAUSE_NS;
    private long notBeforeNs = System.nanoTime();
    private long sentNs;
    private long heardNs;
    private long askedNs;
    private boolean isAsked;

    WireLink(WireLoop loop, long ownArena, int number, long arena, InetSocketAddress address, byte[] secret) {
        this.loop = loop;
        this.times = loop.times();
        this.ownArena = ownArena;
        this.number = number;
        this.arena = arena;
        this.address = address;
        this.secret = secret;
        this.greeting = new Greeting(secret);
        this.greetingNs = times.greeting();
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

    /**
     * Dials if it is closed and time to.
     *
     * @return nanoseconds until it is to be asked again; {@link Long#MAX_VALUE} while it is open
     */
    public long need(long nowNs) {
        if (isOpen) {
            return Long.MAX_VALUE;
        }
        if (connection != null) {
            return Math.max(FIRST_PAUSE_NS, dialledNs + greetingNs - nowNs);
        }
        if (nowNs - notBeforeNs < 0) {
            return notBeforeNs - nowNs;
        }
        dial(nowNs);
        return FIRST_PAUSE_NS;
    }

    /**
     * Whether the first connection is being made, so that nothing can have been sent: until it is open or somebody has refused it,
     * and for so long only as who was dialled may need to show who it is.
     */
    public boolean isBeingMade(long nowNs) {
        return isFirst && nowNs - firstDialledNs < times.patience();
    }

    private void dial(long nowNs) {
        if (!wasDialled) {
            wasDialled = true;
            isFirst = true;
            firstDialledNs = nowNs;
        }
        dialledNs = nowNs;
        SocketChannel socket = null;
        try {
            socket = SocketChannel.open();
            socket.configureBlocking(false);
            greeting = new Greeting(secret);
            int interest = socket.connect(address) ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT;
            WireConnection dialled = new WireConnection(loop, socket, interest, this);
            connection = dialled;
            dialled.greet(greeting.hello(arena, ownArena, number));
            loop.tendBy(nowNs + greetingNs);
        } catch (IOException e) {
            if (socket != null) {
                loop.closeQuietly(socket);
            }
            onClosed(e.getMessage());
        }
    }

    /** Something that will be answered was sent: no answer means that the connection leads nowhere any more. */
    public void expectAnswer(long nowNs) {
        if (!isAsked) {
            isAsked = true;
            askedNs = nowNs;
            loop.tendBy(nowNs + times.silence());
        }
    }

    /** Somebody has given up waiting for an answer: who tries next is not to inherit a connection that leads nowhere. */
    public void onGivenUp(long nowNs) {
        if (isOpen && isAsked && nowNs - askedNs > DOUBT_NS) {
            close("no answer");
        }
    }

    private void close(String why) {
        WireConnection present = connection;
        if (present != null) {
            present.close(why);
        }
    }

    @Override
    public long tend(long nowNs) {
        if (!isOpen) {
            return orClose(dialledNs + greetingNs - nowNs, NO_GREETING);
        }
        if (isAsked) {
            return orClose(askedNs + times.silence() - nowNs, "no answer");
        }
        if (sentNs - heardNs <= 0) {
            return orClose(heardNs + times.idle() - nowNs, "nobody uses it");
        }
        long quietNs = heardNs + times.silence() - nowNs;
        if (quietNs <= 0 && hasRoom()) {
            begin(0).head(Packet.PING, 0, 0, 0);
            end();
            expectAnswer(nowNs);
        }
        return quietNs > 0 ? quietNs : times.silence();
    }

    private long orClose(long leftNs, String why) {
        if (leftNs > 0) {
            return leftNs;
        }
        close(why);
        return Long.MAX_VALUE;
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
        sentNs = loop.nowNs();
        loop.tendBy(sentNs + times.silence());
        java.util.Objects.requireNonNull(connection).end();
    }

    @Override
    public boolean isAnswering() {
        return false;
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
        present.widen(greeting.firstAnswering(), greeting.firstAsking());
        isOpen = true;
        isFirst = false;
        generation++;
        heardNs = loop.nowNs();
        sentNs = heardNs;
        isAsked = false;
        pauseNs = FIRST_PAUSE_NS;
        greetingNs = times.greeting();
        loop.tendBy(heardNs + times.idle());
        return true;
    }

    @Override
    public void onPacket(Packet packet) {
        heardNs = loop.nowNs();
        isAsked = false;
        if (packet.kind() < Packet.ACK) {
            close("it asks, but was asked");
        } else if (packet.kind() != Packet.PONG) {
            loop.host().onAnswer(arena, packet);
        }
    }

    @Override
    public void onClosed(@Nullable String why) {
        if (!isOpen) {
            greetingNs = Math.min(2 * greetingNs, times.patience());
        }
        connection = null;
        isOpen = false;
        isFirst &= NO_GREETING.equals(why);
        notBeforeNs = System.nanoTime() + pauseNs;
        pauseNs = Math.min(2 * pauseNs, LAST_PAUSE_NS);
    }
}
