package io.openib.verbs.soft.cm;

import io.openib.verbs.Errno;
import io.openib.verbs.VerbsException;
import io.openib.verbs.soft.cm.Places.Place;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TCP socket of a bound id. It drops whoever does not start with a request. Under the agent's lock. */
final class CmListener implements CmLoop.Handler {
    private static final Logger LOGGER = LoggerFactory.getLogger(CmListener.class);
    private static final int TCP_BACKLOG = 1024;
    private static final long PAUSE_MS = 100;

    private final CmAgent agent;
    private final SoftCmId id;
    private final ServerSocketChannel socket;
    private final InetSocketAddress address;
    private boolean hasPaused;

    private CmListener(CmAgent agent, SoftCmId id, ServerSocketChannel socket) throws IOException {
        this.agent = agent;
        this.id = id;
        this.socket = socket;
        address = (InetSocketAddress) socket.getLocalAddress();
        socket.configureBlocking(false);
        agent.loop().register(socket, SelectionKey.OP_ACCEPT, this);
    }

    static CmListener open(CmAgent agent, SoftCmId id, InetSocketAddress address) {
        ServerSocketChannel socket = null;
        try {
            socket = ServerSocketChannel.open();
            socket.bind(address, TCP_BACKLOG);
            return new CmListener(agent, id, socket);
        } catch (IOException e) {
            if (socket != null) {
                CmLoop.closeQuietly(socket);
            }
            throw failure(address, e);
        }
    }

    private static VerbsException failure(InetSocketAddress address, IOException cause) {
        boolean isTaken = cause instanceof BindException
                && String.valueOf(cause.getMessage()).contains("in use");
        return isTaken
                ? new VerbsException(
                        "rdma_bind_addr",
                        CmChecks.print(address),
                        Errno.EADDRINUSE,
                        "something listens on this TCP port already, choose another or 0 for a free one",
                        cause)
                : new VerbsException(
                        "rdma_bind_addr",
                        CmChecks.print(address),
                        Errno.EADDRNOTAVAIL,
                        "the operating system says: " + cause.getMessage(),
                        cause);
    }

    /** With the port that was found. */
    InetSocketAddress address() {
        return address;
    }

    @Override
    public void onReady(SelectionKey key) {
        try {
            SocketChannel accepted = socket.accept();
            while (accepted != null) {
                greet(accepted);
                accepted = socket.accept();
            }
        } catch (IOException e) {
            if (!hasPaused) {
                hasPaused = true;
                LOGGER.warn(
                        "soft: the connection manager can take no connection at {} ({}); it tries again every {} ms: see that "
                                + "descriptors are left (ulimit -n)",
                        CmChecks.print(address),
                        e.getMessage(),
                        PAUSE_MS);
            }
            key.interestOps(0);
            agent.loop().schedule(PAUSE_MS, () -> resume(key));
        }
    }

    private void resume(SelectionKey key) {
        if (key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    private void greet(SocketChannel accepted) {
        if (!agent.hasRoomForStranger()) {
            CmLoop.closeQuietly(accepted);
            return;
        }
        try {
            new Stranger(CmLink.accepted(agent, accepted));
        } catch (IOException e) {
            CmLoop.closeQuietly(accepted);
        }
    }

    /** Closes the socket; returns when its port is free again. */
    void close() {
        agent.loop().closeAndWait(socket);
    }

    /** A connection that has not said anything yet. */
    private final class Stranger implements CmLink.Owner {
        private final CmLink link;
        private final CmTimer patience;

        Stranger(CmLink link) {
            this.link = link;
            agent.onStranger(1);
            patience = agent.loop().schedule(agent.settings().greetingTimeoutMs(), this::dismiss);
            link.owner(this);
        }

        @Override
        public void onMessage(CmMessage message) {
            if (!(message instanceof CmMessage.Request request)) {
                dismiss();
                return;
            }
            settle();
            Place place = placeOf(link);
            if (place == null) {
                link.close();
            } else {
                PassiveExchange.onRequest(agent, link, place, id, request.offer());
            }
        }

        private @Nullable Place placeOf(CmLink accepted) {
            try {
                return agent.places().toward(accepted.localAddress().getAddress());
            } catch (IOException e) {
                return null;
            }
        }

        @Override
        public void onClosed(@Nullable Exception cause) {
            settle();
        }

        private void dismiss() {
            settle();
            link.close();
        }

        private void settle() {
            patience.cancel();
            agent.onStranger(-1);
        }
    }
}
