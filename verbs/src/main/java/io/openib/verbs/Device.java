package io.openib.verbs;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An open device: {@code struct ibv_context}. Everything made from it is closed before it, or closed with it. */
public interface Device extends AutoCloseable {
    /** For example {@code mlx5_0} or {@code soft0}. */
    String name();

    /** {@code ibv_query_device}. */
    DeviceAttributes attributes();

    /** The NUMA node of this host that it is attached to; -1 if that is not known, or makes no difference. */
    default int numaNode() {
        return -1;
    }

    /**
     * Why nothing that is sent from a port can arrive at a peer's that is up and has queue pairs, where the device can tell: a connection would
     * find out only once it has tried for timeout times retries. Asks nobody but this host.
     *
     * @param port of this device, from 1
     * @param peer a GID of the peer's port
     * @return a sentence's end with what to do; empty if it may arrive, or nobody knows
     * @throws VerbsException EINVAL: no such port
     */
    default Optional<String> whyOutOfReach(int port, Gid peer) {
        return Optional.empty();
    }

    /**
     * {@code ibv_query_port}.
     *
     * @param port 1 to {@code attributes().physicalPorts()}
     * @throws VerbsException EINVAL for another port
     */
    PortAttributes queryPort(int port);

    /**
     * {@code ibv_query_gid_ex}.
     *
     * @throws VerbsException EINVAL for a port or an index that does not exist; ENODATA has no meaning here: an empty
     *     entry is the zero GID
     */
    GidEntry queryGid(int port, int index);

    /** {@code ibv_query_gid_table} of one port: the entries that are not empty, by index. */
    List<GidEntry> queryGidTable(int port);

    /**
     * {@code ibv_query_pkey}.
     *
     * @throws VerbsException EINVAL for a port or an index that does not exist
     */
    int queryPkey(int port, int index);

    /** {@code ibv_alloc_pd}. */
    ProtectionDomain allocProtectionDomain();

    /** {@code ibv_create_comp_channel}. */
    CompletionChannel createCompletionChannel();

    /**
     * {@code ibv_create_cq}.
     *
     * @param cqe the least number of entries; the queue may get more, see {@link CompletionQueue#cqe()}
     * @param channel where its events go, or null
     * @throws VerbsException EINVAL for a size below 1 or above {@link DeviceLimit#MAX_CQE}; ENOMEM
     */
    CompletionQueue createCompletionQueue(int cqe, @Nullable CompletionChannel channel);

    /**
     * {@code ibv_get_async_event}: waits for the next asynchronous event, already acknowledged.
     *
     * @param timeoutMs 0 does not wait
     * @return null when the time is over or the device was closed
     */
    @Nullable
    AsyncEvent nextAsyncEvent(long timeoutMs) throws InterruptedException;

    /** Closes what is still open on it, then the device. Bounded in time; a second call does nothing. */
    @Override
    void close();
}
