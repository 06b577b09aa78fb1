package io.openib.verbs.soft.cm;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One TCP connection: frames in and out, and the faults that they meet on the way out. Under the agent's lock. */
final class CmLink implements CmLoop.Handler {
    /** Frames that wait for the socket at most; a further one is lost, as on any wire. */
    private static final int MAX_QUEUED = 16;

    /** Who is told of what arrives. Nothing is said after {@link #close()}. */
    interface Owner {
        void onMessage(CmMessage message);

        /**
         * The peer closed it, broke it, never took it, or sent what is no message.
         *
         * @param cause null at the peer's orderly end
         */
        void onClosed(@Nullable Exception cause);
    }

    private final CmAgent agent;
    private final SocketChannel socket;
    private final SelectionKey key;
    private final ByteBuffer arrived = ByteBuffer.allocate(2 * CmCodec.MAX_FRAME_BYTES);
    private final ArrayDeque<ByteBuffer> departing = new ArrayDeque<>();
    private @Nullable Owner owner;

    private CmLink(CmAgent agent, SocketChannel socket, int interests) throws IOException {
        this.agent = agent;
        this.socket = socket;
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        key = agent.loop().register(socket, interests, this);
        agent.links().add(this);
    }

    /** Starts to dial; messages sent meanwhile wait. */
    static CmLink dial(CmAgent agent, @Nullable InetAddress source, InetSocketAddress destination) throws IOException {
        SocketChannel socket = SocketChannel.open();
        CmLink link;
        try {
            if (source != null) {
                socket.bind(new InetSocketAddress(source, 0));
            }
            link = new CmLink(agent, socket, SelectionKey.OP_CONNECT);
        } catch (IOException | RuntimeException e) {
            CmLoop.closeQuietly(socket);
            throw e;
        }
        try {
            if (socket.connect(destination)) {
                link.key.interestOps(SelectionKey.OP_READ);
            }
            return link;
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }

    /** Takes over what a listener accepted. */
    static CmLink accepted(CmAgent agent, SocketChannel socket) throws IOException {
        return new CmLink(agent, socket, SelectionKey.OP_READ);
    }

    void owner(Owner value) {
        owner = value;
    }

    InetSocketAddress localAddress() throws IOException {
        return (InetSocketAddress) socket.getLocalAddress();
    }

    InetSocketAddress peerAddress() throws IOException {
        return (InetSocketAddress) socket.getRemoteAddress();
    }

    /** Sends a message, as far as the fault injector lets it. */
    void send(CmMessage message) {
        CmFaults.Fate fate = agent.faults().fateOf(message.kind());
        if (fate.isLost()) {
            return;
        }
        Runnable departure = () -> {
            enqueue(message);
            if (fate.isDuplicated()) {
                enqueue(message);
            }
        };
        if (fate.delayMs() > 0) {
            agent.loop().schedule(fate.delayMs(), departure);
        } else {
            departure.run();
        }
    }

    private void enqueue(CmMessage message) {
        if (!socket.isOpen() || departing.size() >= MAX_QUEUED) {
            return;
        }
        departing.add(CmCodec.encode(message));
        if (socket.isConnected()) {
            try {
                flush();
            } catch (IOException e) {
                // the reader meets the same failure, and tells it to the owner
                departing.clear();
            }
        }
    }

    private void flush() throws IOException {
        ByteBuffer frame = departing.peek();
        while (frame != null) {
            socket.write(frame);
            if (frame.hasRemaining()) {
                break;
            }
            departing.remove();
            frame = departing.peek();
        }
        int interests = SelectionKey.OP_READ | (departing.isEmpty() ? 0 : SelectionKey.OP_WRITE);
        if (key.isValid() && key.interestOps() != interests) {
            key.interestOps(interests);
            agent.loop().wakeup();
        }
    }

    @Override
    public void onReady(SelectionKey ready) {
        try {
            if (ready.isConnectable()) {
                socket.finishConnect();
                checkNotSelf();
                flush();
            }
            if (ready.isValid() && ready.isWritable()) {
                flush();
            }
            if (ready.isValid() && ready.isReadable()) {
                read();
            }
        } catch (IOException | CmCodec.MalformedFrameException e) {
            failed(e);
        }
    }

    /** TCP connects a socket to itself when the port it dials is free and becomes its own. */
    private void checkNotSelf() throws IOException {
        if (socket.getLocalAddress().equals(socket.getRemoteAddress())) {
            throw new ConnectException("Connection refused");
        }
    }

    private void read() throws IOException, CmCodec.MalformedFrameException {
        int count = socket.read(arrived);
        arrived.flip();
        CmMessage message = CmCodec.decode(arrived);
        while (message != null && socket.isOpen() && owner != null) {
            owner.onMessage(message);
            message = CmCodec.decode(arrived);
        }
        arrived.compact();
        if (count < 0 && socket.isOpen()) {
            failed(null);
        }
    }

    private void failed(@Nullable Exception cause) {
        Owner told = owner;
        close();
        if (told != null) {
            told.onClosed(cause);
        }
    }

    boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes without a word to the owner. What was written is still delivered. A second call does nothing. */
    void close() {
        owner = null;
        departing.clear();
        // Not for an open socket alone: one that could not connect has closed itself.
        if (agent.links().remove(this)) {
            CmLoop.closeQuietly(socket);
            agent.loop().wakeup();
        }
    }
}
