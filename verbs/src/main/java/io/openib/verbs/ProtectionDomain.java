package io.openib.verbs;

import java.nio.ByteBuffer;
import java.util.Set;

/** {@code struct ibv_pd}: regions, queue pairs and address handles of one domain work together, of two never. */
public interface ProtectionDomain extends AutoCloseable {
    /** The device it belongs to. */
    Device device();

    /**
     * Memory that the device provides and registers in one step, zeroed and page-aligned. The only kind that a peer can
     * touch on every device.
     *
     * @param lengthBytes from 1 to {@link DeviceLimit#MAX_MR_BYTES}
     * @param access remote write and remote atomic need {@link AccessFlag#LOCAL_WRITE}, as in verbs
     * @throws VerbsException EINVAL for a length or flags that cannot be; ENOMEM with what is needed, free and to do
     */
    MemoryRegion allocate(long lengthBytes, Set<AccessFlag> access);

    /**
     * {@code ibv_reg_mr}: registers the caller's own memory from position to limit. The buffer is kept reachable until the
     * region is closed.
     *
     * @param memory a direct buffer
     * @throws VerbsException EINVAL for a heap buffer or flags that cannot be; EOPNOTSUPP, naming {@link #allocate}, for
     *     remote access on a device whose {@link DeviceAttributes#remoteAccessToUserMemory()} is false
     */
    MemoryRegion register(ByteBuffer memory, Set<AccessFlag> access);

    /**
     * {@code ibv_create_qp}, in RESET.
     *
     * @throws VerbsException EINVAL for what the device cannot do (each limit by name); ENOMEM
     */
    QueuePair createQueuePair(QpInitAttributes attributes);

    /**
     * {@code ibv_create_srq}.
     *
     * @param maxWr the least number of receives it holds
     * @param maxSge scatter entries a receive may have
     * @throws VerbsException EINVAL beyond the device's limits; ENOMEM
     */
    SharedReceiveQueue createSharedReceiveQueue(int maxWr, int maxSge);

    /**
     * {@code ibv_create_ah}: where an unreliable datagram goes.
     *
     * @throws VerbsException EINVAL for a port or GID index that does not exist, or no GRH on Ethernet
     */
    AddressHandle createAddressHandle(AddressVector vector);

    /**
     * {@code ibv_dealloc_pd}.
     *
     * @throws VerbsException EBUSY while something of it is open
     */
    @Override
    void close();
}
