package io.openib.verbs.cm;

import io.openib.verbs.QpAttributes;
import io.openib.verbs.QpState;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct rdma_cm_id} without a queue pair: the caller makes the queue pairs and moves them, from what {@link
 * #initQpAttributes} says.
 *
 * <p>Active: resolveAddress, ADDR_RESOLVED, resolveRoute, ROUTE_RESOLVED, connect, CONNECT_RESPONSE, queue pairs to RTS,
 * establish. Passive: bind, listen, CONNECT_REQUEST (with a new id), queue pairs to RTS, accept, ESTABLISHED.
 *
 * <p>Every call throws {@link io.openib.verbs.VerbsException}, EINVAL when the id is in no state for it.
 */
public interface CmId extends AutoCloseable {
    /** The channel its events come by. */
    CmEventChannel channel();

    /** Something of the caller's, null at first; an id that comes with a CONNECT_REQUEST has its listener's. */
    @Nullable
    Object context();

    /** Attaches something of the caller's. */
    void context(@Nullable Object value);

    /**
     * {@code rdma_bind_addr}.
     *
     * @param address port 0 takes a free one; the any address listens on all devices
     * @throws io.openib.verbs.VerbsException EADDRINUSE; EADDRNOTAVAIL for an address that this host does not have,
     *     ENODEV for one of no device
     */
    void bind(InetSocketAddress address);

    /** {@code rdma_listen}; connection requests come with CONNECT_REQUEST. */
    void listen(int backlog);

    /**
     * {@code rdma_resolve_addr}: gives ADDR_RESOLVED or ADDR_ERROR.
     *
     * @param source the local address to use, or null for any that leads there
     */
    void resolveAddress(@Nullable InetSocketAddress source, InetSocketAddress destination, int timeoutMs);

    /** {@code rdma_resolve_route}: gives ROUTE_RESOLVED or ROUTE_ERROR. */
    void resolveRoute(int timeoutMs);

    /**
     * {@code rdma_connect}: gives CONNECT_RESPONSE, REJECTED, UNREACHABLE or CONNECT_ERROR. Carries the number of the
     * caller's queue pair.
     *
     * @throws io.openib.verbs.VerbsException EINVAL for more than {@value ConnectionManager#CONNECT_PRIVATE_DATA} bytes
     */
    void connect(ConnectionParameters parameters);

    /**
     * {@code rdma_accept} of a CONNECT_REQUEST's id; ESTABLISHED follows.
     *
     * @throws io.openib.verbs.VerbsException EINVAL for more than {@value ConnectionManager#ACCEPT_PRIVATE_DATA} bytes
     */
    void accept(ConnectionParameters parameters);

    /**
     * {@code rdma_reject} of a CONNECT_REQUEST's id: the peer gets REJECTED with this private data.
     *
     * @throws io.openib.verbs.VerbsException EINVAL for more than {@value ConnectionManager#REJECT_PRIVATE_DATA} bytes
     */
    void reject(byte[] privateData);

    /** {@code rdma_establish}: answers CONNECT_RESPONSE, once this side's queue pairs are in RTS. */
    void establish();

    /**
     * {@code rdma_disconnect}: the peer gets DISCONNECTED, and this side when the peer has answered it by disconnecting
     * too, has closed its id, or does not answer.
     */
    void disconnect();

    /**
     * {@code rdma_init_qp_attr}: what the connection manager knows of a move to this state. Address vector, path MTU, P_Key
     * index and the packet sequence numbers hold for every queue pair of the connection; access flags, timers and retries
     * are the caller's business.
     *
     * @param state INIT, RTR or RTS
     */
    QpAttributes initQpAttributes(QpState state);

    /** The device it is bound to; empty before. */
    String deviceName();

    /** The port it is bound to, from 1; 0 before. */
    int port();

    /** Null before it is bound. */
    @Nullable
    InetSocketAddress localAddress();

    /** Null before it is resolved or requested. */
    @Nullable
    InetSocketAddress peerAddress();

    /** {@code rdma_destroy_id}: no event of it is handed out any more. A second call does nothing. */
    @Override
    void close();
}
